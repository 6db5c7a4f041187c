using Smile.Kernels.Memory;
using Smile.Kernels.Ops.SumSquares;

namespace Smile.Kernels.Backend;

internal partial class ScalarBackend
{
    public virtual void SumSquares(Place x, Place result)
    {
        SumSquaresOperands.Validate(x, result);
        double sum = 0;
        uint bad = 0;
        foreach (float value in Memory.Floats(x))
        {
            if (float.IsFinite(value))
                sum += (double)value * value;
            else
                bad++;
        }

        Memory.Floats(result)[0] = (float)sum;
        Memory.Words(result)[1] = bad;
    }
}
