using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.AdamW;

/// <summary>The update of weights with two moments and weight decay beside them.</summary>
internal sealed class AdamWGpu(GpuQueue queue)
{
    public void Update(in AdamWRate rate, Place gradient, Place weight, Place moment, Place secondMoment)
    {
        rate.Validate(gradient, weight, moment, secondMoment);
        queue.LaunchFloat4s(AdamWKernels.Kernel, weight.Length,
            new AdamWArgs(queue.Span(gradient), queue.Span(weight), queue.Span(moment), queue.Span(secondMoment), rate));
    }
}

internal readonly struct AdamWArgs(GpuSpan gradient, GpuSpan weight, GpuSpan moment, GpuSpan secondMoment, AdamWRate rate)
{
    public readonly GpuSpan Gradient = gradient, Weight = weight, Moment = moment, SecondMoment = secondMoment;
    public readonly int Head = rate.Head;
    public readonly float GradientScale = rate.GradientScale, Beta1 = rate.Beta1, Beta2 = rate.Beta2, Seconds = rate.SecondMomentScale,
        Epsilon = rate.Epsilon;
    public readonly float Decay = rate.LearningRate * rate.WeightDecay, HeadDecay = rate.HeadLearningRate * rate.WeightDecay;
    public readonly float Step = rate.LearningRate * rate.MomentScale, HeadStep = rate.HeadLearningRate * rate.MomentScale;
}

internal static class AdamWKernels
{
    public static readonly GpuKernel<AdamWArgs> Kernel = new(AdamW, GpuKernel.AnyGroup);

    private static void AdamW(ArrayView<float> memory, AdamWArgs args)
    {
        int at = Element.FirstOfFour;
        if (!Element.IsInside(at, args.Weight.Length))
            return;
        Float4 none = default, gradient = args.Gradient.Load4(memory, at), weight = args.Weight.Load4(memory, at);
        gradient = Float4.MultiplyAdd(args.GradientScale, gradient, none);
        Float4 moment = Float4.MultiplyAdd(args.Beta1, args.Moment.Load4(memory, at), Float4.MultiplyAdd(1 - args.Beta1, gradient, none));
        Float4 second = Float4.MultiplyAdd(args.Beta2, args.SecondMoment.Load4(memory, at),
            Float4.MultiplyAdd(1 - args.Beta2, gradient * gradient, none));
        args.Moment.Store4(memory, at, moment, Into.Set);
        args.SecondMoment.Store4(memory, at, second, Into.Set);
        float step = at < args.Head ? args.Step : args.HeadStep, decay = at < args.Head ? args.Decay : args.HeadDecay;
        weight = Float4.MultiplyAdd(-decay, weight, weight);
        var move = new Float4(Move(args, moment.X, second.X), Move(args, moment.Y, second.Y), Move(args, moment.Z, second.Z),
            Move(args, moment.W, second.W));
        args.Weight.Store4(memory, at, Float4.MultiplyAdd(-step, move, weight), Into.Set);
    }

    private static float Move(in AdamWArgs args, float moment, float second) => moment / (MathF.Sqrt(args.Seconds * second) + args.Epsilon);
}
