using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

/// <summary>How the weights of a tap lie when they are packed.</summary>
internal enum WeightOrder
{
    /// <summary>(InChannels, OutChannels), as in the weights.</summary>
    AsTheyLie,

    /// <summary>(OutChannels, InChannels).</summary>
    Transposed,
}

/// <summary>
/// Operands of a convolution as tensor cores take them: rounded, in bfloat16 two a word. What a pass packs lies in memory of its own,
/// weights first.
/// </summary>
/// <param name="queue">Where the packing is queued.</param>
/// <param name="precision">What it rounds to.</param>
/// <param name="mostWords">Words at most.</param>
internal sealed class PackedOperands(GpuQueue queue, Precision precision, int mostWords)
{
    /// <summary>Words at most (64 MiB): passes whose operands take more run in several lots of images.</summary>
    public const int MostWords = 16 << 20;

    // No operand is larger than an arena.
    private readonly GpuWorkspace _words = queue.Workspace("packed operands of tensor cores",
        plan => precision == Precision.Fp32 ? 0 : (int)Math.Min(mostWords, Enum.GetValues<Arena>().Max(plan.Words) * 2));

    /// <summary>Words that there are.</summary>
    public long Room => _words.Words;

    /// <summary>The weights, (Taps, InChannels, OutChannels), packed at the start.</summary>
    public GpuSpan Weights(in ConvShape shape, GpuSpan weights, WeightOrder order)
    {
        GpuSpan to = _words.Part(0, shape.WeightCount / (precision == Precision.Bf16 ? 2 : 1));
        var args = new TensorPackArgs(weights, to, shape.InChannels, shape.OutChannels);
        if (order == WeightOrder.AsTheyLie)
        {
            queue.LaunchFloat4s(precision == Precision.Bf16 ? TensorPack.ToBf16 : TensorPack.ToTf32, weights.Length, args);
            return to;
        }

        int tiles = Integers.CeilingDivide(shape.InChannels, TensorPack.Tile) * Integers.CeilingDivide(shape.OutChannels, TensorPack.Tile);
        queue.Launch(precision == Precision.Bf16 ? TensorPack.TransposeToBf16 : TensorPack.TransposeToTf32, tiles,
            shape.Kernel * shape.Kernel, args);
        return to;
    }

    /// <summary>Values as bfloat16, two a word.</summary>
    /// <param name="values">Any number of whole pairs.</param>
    /// <param name="start">Words packed before them.</param>
    public GpuSpan ToBf16(GpuSpan values, int start)
    {
        GpuSpan to = _words.Part(start, values.Length / 2);
        queue.LaunchFloat4s(TensorPack.ToBf16, values.Length, new TensorPackArgs(values, to, 0, 0));
        return to;
    }
}
