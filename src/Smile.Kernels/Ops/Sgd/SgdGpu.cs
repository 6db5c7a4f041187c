using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Sgd;

/// <summary>The update of weights with momentum and weight decay.</summary>
internal sealed class SgdGpu(GpuQueue queue)
{
    public void Update(in SgdRate rate, Place gradient, Place weight, Place moment)
    {
        rate.Validate(gradient, weight, moment);
        queue.LaunchFloat4s(SgdKernels.Kernel, weight.Length,
            new SgdArgs(queue.Span(gradient), queue.Span(weight), queue.Span(moment), rate));
    }
}

internal readonly struct SgdArgs(GpuSpan gradient, GpuSpan weight, GpuSpan moment, SgdRate rate)
{
    public readonly GpuSpan Gradient = gradient, Weight = weight, Moment = moment;
    public readonly int Head = rate.Head;
    public readonly float LearningRate = rate.LearningRate, HeadLearningRate = rate.HeadLearningRate, Momentum = rate.Momentum;
    public readonly float WeightDecay = rate.WeightDecay, GradientScale = rate.GradientScale;
    public readonly int Nesterov = rate.Nesterov ? 1 : 0;
}

internal static class SgdKernels
{
    public static readonly GpuKernel<SgdArgs> Kernel = new(Sgd, GpuKernel.AnyGroup);

    private static void Sgd(ArrayView<float> memory, SgdArgs args)
    {
        int at = Element.FirstOfFour;
        if (!Element.IsInside(at, args.Weight.Length))
            return;
        Float4 weight = args.Weight.Load4(memory, at),
            scaled = Float4.MultiplyAdd(args.GradientScale, args.Gradient.Load4(memory, at), default);
        Float4 gradient = Float4.MultiplyAdd(args.WeightDecay, weight, scaled);
        Float4 moment = Float4.MultiplyAdd(args.Momentum, args.Moment.Load4(memory, at), gradient);
        args.Moment.Store4(memory, at, moment, Into.Set);
        if (args.Nesterov != 0)
            moment = Float4.MultiplyAdd(args.Momentum, moment, gradient);
        float step = at < args.Head ? args.LearningRate : args.HeadLearningRate;
        args.Weight.Store4(memory, at, Float4.MultiplyAdd(-step, moment, weight), Into.Set);
    }
}
