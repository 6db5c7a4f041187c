using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;
using Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

namespace Smile.Kernels.Ops.Conv2d.Gpu;

/// <summary>A convolution's passes on the GPU, each as <see cref="GpuConvPlanner"/> says.</summary>
internal sealed class Conv2dGpu
{
    private readonly GpuQueue _queue;
    private readonly bool _packs;
    private readonly GpuConvPlanner _planner;
    private readonly SplitK _splitK;
    private readonly TensorConvGpu _tensor;
    private readonly ConvBiasGpu _bias;

    /// <param name="queue">Where work is queued.</param>
    /// <param name="precision">What is asked for; where a pass cannot have it, its plan says why.</param>
    /// <param name="mostPackedWords">The most words for operands in the form that tensor cores take.</param>
    /// <param name="packs">Whether others are to pack for it.</param>
    /// <exception cref="BackendException">The device cannot compute in the precision.</exception>
    public Conv2dGpu(GpuQueue queue, Precision precision, int mostPackedWords, bool packs)
    {
        TensorCores.Require(queue.Runtime, precision);
        (_queue, _packs) = (queue, packs && precision == Precision.Bf16);
        var packed = new PackedOperands(queue, precision, mostPackedWords);
        _planner = new GpuConvPlanner(queue.GroupSize, precision, () => packed.Room);
        _splitK = new SplitK(queue);
        _tensor = new TensorConvGpu(queue, _planner, packed, _splitK);
        _bias = new ConvBiasGpu(queue);
    }

    /// <summary>Words of a tensor packed: two bfloat16 a word, where its channels come in whole pieces of 16 bytes.</summary>
    public int PackedWords(long count, int channels) =>
        _packs && channels % PrecisionChoice.Multiple(Precision.Bf16) == 0 ? (int)(count / 2) : 0;

    /// <summary>How a pass is computed whose operands lie as a network's do.</summary>
    public GpuConvPlan Plan(in ConvShape shape, ConvPass pass) => _planner.Plan(shape, pass, ConvAlignment.All);

    public void Forward(in ConvShape shape, Place x, Place w, Place bias, Place y, Place packedX)
    {
        shape.Validate(x, w, bias, y);
        Forward(shape, _queue.Span(x), _queue.Span(w), _queue.Span(bias), _queue.Span(y), Packed(packedX, x));
    }

    /// <summary>The forward pass of operands that another operation has made in a workspace of its own.</summary>
    public void Forward(in ConvShape shape, GpuSpan x, GpuSpan w, GpuSpan bias, GpuSpan y, GpuSpan packedX)
    {
        ConvArgs args = ConvArgs.OverOutputs(shape, x, w, bias, y);
        OverTaps(_planner.Plan(shape, ConvPass.Forward, ConvAlignment.Of(args), packedX.Length > 0), args, packedX);
    }

    /// <summary>The forward pass by a plan of the caller's: bench/Smile.Ladder sets kernels side by side.</summary>
    public void Forward(in GpuConvPlan plan, Place x, Place w, Place y)
    {
        plan.Shape.Validate(x, w, Place.None, y);
        OverTaps(plan, ConvArgs.OverOutputs(plan.Shape, _queue.Span(x), _queue.Span(w), default, _queue.Span(y)), default);
    }

    public void BackInput(in ConvShape shape, Place dy, Place w, Place dx, Into into, Place packedDy)
    {
        shape.Validate(dx, w, dy);
        BackInput(shape, _queue.Span(dy), _queue.Span(w), _queue.Span(dx), into, Packed(packedDy, dy));
    }

    /// <inheritdoc cref="Forward(in ConvShape, GpuSpan, GpuSpan, GpuSpan, GpuSpan, GpuSpan)"/>
    public void BackInput(in ConvShape shape, GpuSpan dy, GpuSpan w, GpuSpan dx, Into into, GpuSpan packedDy)
    {
        ConvArgs args = ConvArgs.OverInputs(shape, dy, w, dx, into);
        OverTaps(_planner.Plan(shape, ConvPass.InputGradient, ConvAlignment.Of(args), packedDy.Length > 0), args, packedDy);
    }

    public void BackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into, Place packedX, Place packedDy)
    {
        shape.Validate(x, dw, dy);
        BackWeight(shape, _queue.Span(x), _queue.Span(dy), _queue.Span(dw), into, Packed(packedX, x), Packed(packedDy, dy));
    }

    /// <inheritdoc cref="Forward(in ConvShape, GpuSpan, GpuSpan, GpuSpan, GpuSpan, GpuSpan)"/>
    public void BackWeight(in ConvShape shape, GpuSpan x, GpuSpan dy, GpuSpan dw, Into into, GpuSpan packedX, GpuSpan packedDy)
    {
        ConvArgs args = ConvArgs.OverOutputs(shape, x, dy, default, dw);
        bool isPacked = packedX.Length > 0 && packedDy.Length > 0;
        GpuConvPlan plan = _planner.Plan(shape, ConvPass.WeightGradient, ConvAlignment.Of(args), isPacked);
        if (plan.Precision != Precision.Fp32)
        {
            _tensor.WeightGradient(plan, isPacked ? packedX : x, isPacked ? packedDy : dy, isPacked, dw, into);
            return;
        }

        args.DepthPerSplit = plan.DepthPerSplit;
        args.C = _splitK.Copies(plan.Splits, dw);
        args.Into = SplitK.IntoCopies(plan.Splits, into);
        _queue.Launch((GpuKernel<ConvArgs>)plan.Kernel, plan.GridX, plan.GridY, args);
        _splitK.Sum(plan.Splits, args.C, dw, into);
    }

    public void BackBias(in ConvShape shape, Place dy, Place dbias, Into into) => _bias.Backward(shape, dy, dbias, into);

    private void OverTaps(in GpuConvPlan plan, ConvArgs args, GpuSpan packedSource)
    {
        if (plan.Precision != Precision.Fp32)
        {
            _tensor.OverTaps(plan, args, packedSource);
            return;
        }

        (GpuSpan result, Into into) = (args.C, args.Into);
        args.DepthPerSplit = plan.DepthPerSplit;
        args.C = _splitK.Copies(plan.Splits, result);
        args.Into = SplitK.IntoCopies(plan.Splits, args.Into);
        _queue.Launch((GpuKernel<ConvArgs>)plan.Kernel, plan.GridX, plan.GridY, args);
        _splitK.Sum(plan.Splits, args.C, result, into);
    }

    private GpuSpan Packed(Place packed, Place of)
    {
        Check.Optional(packed, of.Length / 2);
        return _queue.Span(packed);
    }
}
