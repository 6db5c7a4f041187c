using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Ops.Add;
using Smile.Kernels.Ops.AtrousSum;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Concat;
using Smile.Kernels.Ops.Confusion;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Ops.MeanPool;
using Smile.Kernels.Ops.MovingAverage;
using Smile.Kernels.Ops.Relu;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Ops.Sgd;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.SoftmaxLoss;
using Smile.Kernels.Ops.SumSquares;
using Smile.Kernels.Ops.TopFraction;

namespace Smile.Kernels.Backend;

/// <summary>
/// What a device must do. Memory and the queue stand here; what each operation means stands in its own folder under Ops/.
/// <para>
/// The same contract holds for every backend. Arguments come in one order: shape, sources, destinations, <see cref="Into"/>.
/// A destination overlaps no source unless the operation says so. Calls are queued in order; results are readable after
/// <see cref="Read(Place, Span{float})"/> or <see cref="Finish"/>. Activations are (N, H, W, C) float32, C fastest. The same inputs on
/// the same backend give the same bits, for any number of threads: every reduction has a fixed order. A wrong shape or place
/// throws <see cref="ArgumentException"/> before anything is queued; trouble on the device throws <see cref="BackendException"/>.
/// On the backends that train no call but <see cref="Reserve"/> allocates on the managed heap; the scalar reference may.
/// </para>
/// </summary>
public interface IBackend :
    IAdamW, IAdd, IAtrousSum, IBatchNorm, IConcat, IConfusion, IConv2d, IMaskedBce, IMaskedLoss, IMaxPool, IMeanPool, IMovingAverage,
    IRelu, IResize, IResizedBce, ISgd, ISoftmaxCrossEntropy, ISoftmaxLoss, ISumSquares, ITopFraction,
    IDisposable
{
    /// <summary>For people and logs: "scalar", "simd-512 x2", "ilgpu-cpu".</summary>
    string Name { get; }

    /// <summary>Allocates every arena, filled with zeros. Once; a second call throws <see cref="InvalidOperationException"/>.</summary>
    /// <exception cref="BackendException">The memory is not to be had; the message says how much was asked.</exception>
    void Reserve(ArenaPlan plan);

    /// <summary>Copies host words in; lengths must be equal.</summary>
    void Write(Place to, ReadOnlySpan<float> from);

    /// <inheritdoc cref="Write(Place, ReadOnlySpan{float})"/>
    void Write(Place to, ReadOnlySpan<uint> from);

    /// <summary>Copies words out, after all that was queued before; lengths must be equal.</summary>
    void Read(Place from, Span<float> to);

    /// <inheritdoc cref="Read(Place, Span{float})"/>
    void Read(Place from, Span<uint> to);

    /// <summary>Sets every word to <paramref name="value"/>.</summary>
    void Fill(Place at, float value);

    /// <summary>Waits until all that was queued is done; raises the first error of the device.</summary>
    void Finish();

    /// <summary>
    /// Gives back what queues <paramref name="work"/> again and again, with the same bits each time. A CUDA device keeps the launches of
    /// its second run as a graph and from then on replays them as one piece; the other devices run the work itself. So the work is the same
    /// each time: the same operations, places and numbers, no reading, writing or waiting; what changes lies in the arenas.
    /// </summary>
    Action Record(Action work);

    /// <summary>What was queued so far; nothing where there is no queue.</summary>
    LaunchCount Launches { get; }
}
