using System.Numerics.Tensors;
using Smile.Net.Data;

namespace Smile.Net.Prediction;

/// <summary>
/// The logits of the slices of a batch over several passes, brought back to the slices' own grid; added in the order of the passes.
/// </summary>
internal sealed class MeanLogits
{
    private readonly Geometry _geometry;
    private readonly int _outputs, _passes;
    private readonly float[] _slice, _sums;

    /// <param name="geometry">Of the slices.</param>
    /// <param name="outputs">Logits a voxel.</param>
    /// <param name="passes">How many are averaged.</param>
    /// <param name="batch">The most slices of a pass.</param>
    public MeanLogits(Geometry geometry, int outputs, int passes, int batch)
    {
        (_geometry, _outputs, _passes) = (geometry, outputs, passes);
        _slice = new float[geometry.Height * geometry.Width * outputs];
        _sums = passes == 1 ? [] : new float[batch * _slice.Length];
    }

    /// <summary>Takes a slice's logits of one pass.</summary>
    /// <param name="n">The slice's place in the batch.</param>
    /// <param name="pass">From 0, in order.</param>
    /// <param name="logits">(H, W, outputs), as the network gave them.</param>
    /// <param name="width">W.</param>
    /// <param name="view">How the network saw the slice.</param>
    /// <returns>After the last pass their mean, (y, x, outputs), which the next call overwrites.</returns>
    public ReadOnlySpan<float> Add(int n, int pass, ReadOnlySpan<float> logits, int width, SliceView view)
    {
        for (int y = 0, row = _geometry.Width * _outputs; y < _geometry.Height; y++)
        {
            ReadOnlySpan<float> from = logits.Slice(((y + view.Shift) * width + view.Shift) * _outputs, row);
            Span<float> to = _slice.AsSpan(y * row, row);
            if (!view.Mirrored)
                from.CopyTo(to);
            for (int x = 0; view.Mirrored && x < row; x += _outputs)
                from.Slice(row - _outputs - x, _outputs).CopyTo(to[x..]);
        }

        if (_passes == 1)
            return _slice;
        Span<float> sum = _sums.AsSpan(n * _slice.Length, _slice.Length);
        if (pass == 0)
            _slice.CopyTo(sum);
        else
            TensorPrimitives.Add(sum, _slice, sum);
        if (pass == _passes - 1)
            TensorPrimitives.Divide(sum, _passes, sum);
        return sum;
    }
}
