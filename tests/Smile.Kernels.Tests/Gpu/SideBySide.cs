using Smile.Kernels.Backend;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Gpu;

/// <summary>
/// The GPU kernels beside the scalar backend, once, with what the operations' own tests do not vary: group size and alignment. Results
/// start as NaN.
/// </summary>
internal sealed class SideBySide(int groupSize = 32, int shift = 0) : IDisposable
{
    private readonly ScalarBackend _scalar = new();
    private readonly GpuBackend _gpu = new(IlgpuRuntime.OpenCpu(groupSize));
    private readonly ArenaPlan _plan = new();
    private readonly List<(Place Place, float[] Values)> _operands = [];

    /// <summary>An operand of <paramref name="length"/> pseudo-random words, so many words after an aligned place.</summary>
    public Place Source(string name, long length) => Take(Seeded.Floats(name, length));

    public Place Result(long length)
    {
        var stale = new float[length];
        stale.AsSpan().Fill(float.NaN);
        return Take(stale);
    }

    public Place Take(float[] values)
    {
        _operands.Add((_plan.Take((Arena)(_operands.Count % 6), values.Length + shift).Part(shift, values.Length), values));
        return _operands[^1].Place;
    }

    public void Run(Action<IBackend> operation)
    {
        foreach (IBackend backend in (IBackend[])[_scalar, _gpu])
        {
            backend.Reserve(_plan);
            foreach ((Place place, float[] values) in _operands)
                backend.Write(place, values);
            operation(backend);
            backend.Finish();
        }
    }

    public void Agree(Tolerance tolerance, Place place, string what)
    {
        float[] expected = new float[place.Length], actual = new float[place.Length];
        _scalar.Read(place, expected);
        _gpu.Read(place, actual);
        Close.Within(tolerance, expected, actual, what);
    }

    public void Dispose()
    {
        _scalar.Dispose();
        _gpu.Dispose();
    }
}
