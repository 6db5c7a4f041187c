using System.Runtime.InteropServices;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedLoss;

namespace Smile.Kernels.Tests.Ops;

/// <summary>What the masked and the softmax loss take and give alike: logits, sums and counts of each organ or class, a gradient.</summary>
internal abstract class LossOperands<TDevice>
    where TDevice : IDevice
{
    protected LossOperands(float[] logits, int columns, bool withGradient)
    {
        (Logits, Gradient) = (Bench.Source(logits), withGradient ? Bench.Result(logits.Length) : Place.None);
        (Sums, Counts) = (Bench.Result(LossSums.Words * columns), Bench.Result(LossCounts.Words * columns));
    }

    public OpBench<TDevice> Bench { get; } = new();

    public Place Logits { get; }

    public Place Sums { get; }

    public Place Counts { get; }

    public Place Gradient { get; }

    public LossSums[] ColumnSums => MemoryMarshal.Cast<float, LossSums>(Bench.Floats(Sums)).ToArray();

    public LossCounts[] ColumnCounts => MemoryMarshal.Cast<uint, LossCounts>(Bench.Words(Counts)).ToArray();

    public abstract void Apply(IBackend d);

    public void Run() => Bench.Run(Apply);
}
