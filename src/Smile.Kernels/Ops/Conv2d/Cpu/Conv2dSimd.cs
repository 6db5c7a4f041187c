using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;
using Smile.Kernels.Ops.Conv2d.Cpu.Padded;
using Smile.Kernels.Ops.Conv2d.Cpu.PerPixel;
using Smile.Kernels.Ops.Conv2d.Cpu.PerTap;
using Smile.Kernels.Ops.Conv2d.Cpu.Winograd;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>
/// <see cref="IConv2d"/> on vectors and all cores. The planner chooses an algorithm; the algorithm plans its scratch, which is placed in
/// one block as large as any convolution needed so far. One convolution runs at a time, and nothing is kept there from one to the next.
/// </summary>
internal sealed unsafe class Conv2dSimd : IDisposable
{
    private readonly SimdContext _context;
    private readonly ConvPlanner _planner;
    private readonly NativeScratch _scratch = new();
    private readonly ImplicitGemmConvolution _gemm;
    private readonly WeightGradientGemm _weightGradient;
    private readonly PaddedConvolution _padded;
    private readonly PerTapConvolution _perTap;
    private readonly PerPixelConvolution _perPixel;
    private readonly WinogradConvolution _winograd;

    public Conv2dSimd(SimdContext context, ConvPlanner planner)
    {
        (_context, _planner) = (context, planner);
        _gemm = new(context);
        _weightGradient = new(context);
        _padded = new(context, _weightGradient);
        _perTap = new(context, _gemm, _weightGradient);
        _perPixel = new(context);
        _winograd = new(context);
    }

    public string AlgorithmOf(in ConvShape shape, ConvPass pass) => _planner.Text(shape, pass);

    public void Forward(in ConvShape shape, Place x, Place w, Place bias, Place y)
    {
        shape.Validate(x, w, bias, y);
        var problem = ConvProblem.Forward(shape, Pointer(x), Pointer(w), bias.IsNone ? null : Pointer(bias), Pointer(y));
        ConvAlgorithm algorithm = _planner.Choose(shape, ConvPass.Forward);
        if (algorithm == ConvAlgorithm.PerPixel)
            _perPixel.RunForward(Placed(new PerPixelProduct(problem, forward: true)));
        else
            Multiply(algorithm, problem);
    }

    public void BackInput(in ConvShape shape, Place dy, Place w, Place dx, Into into)
    {
        shape.Validate(dx, w, dy);
        var problem = ConvProblem.InputGradient(shape, Pointer(dy), Pointer(w), Pointer(dx), into);
        ConvAlgorithm algorithm = _planner.Choose(shape, ConvPass.InputGradient);
        if (algorithm == ConvAlgorithm.PerPixel)
            _perPixel.RunInputGradient(Placed(new PerPixelProduct(problem, forward: false)));
        else
            Multiply(algorithm, problem);
    }

    public void BackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into)
    {
        shape.Validate(x, dw, dy);
        ConvAlgorithm algorithm = _planner.Choose(shape, ConvPass.WeightGradient);
        var problem = ConvProblem.Forward(shape, Pointer(x), null, null, Pointer(dy));
        float* gradient = Pointer(dw);
        if (algorithm == ConvAlgorithm.Padded)
            _padded.Run(Placed(_padded.PlanWeightGradient(problem, gradient, into)));
        else if (algorithm == ConvAlgorithm.PerTap)
            _perTap.Run(Placed(_perTap.PlanWeightGradient(shape, problem.Source, problem.Target, gradient, into)));
        else if (algorithm == ConvAlgorithm.PerPixel)
            _perPixel.RunWeightGradient(Placed(new PerPixelWeightGradient(shape, problem.Source, problem.Target)), gradient, into);
        else if (algorithm.Tile() is > 0 and var tile)
            _winograd.Run(Placed(_winograd.PlanWeightGradient(problem, tile, gradient, into)));
        else
            _weightGradient.Run(Placed(_weightGradient.Plan(problem, gradient, into)));
    }

    public void BackBias(in ConvShape shape, Place dy, Place dbias, Into into)
    {
        shape.Validate();
        Check.Length(dy, shape.OutputCount);
        Check.Length(dbias, shape.OutChannels);
        Check.Apart(dbias, dy);
        int channels = shape.OutChannels, rows = dy.Length / channels, chunks = Rows.Chunks(rows, channels);
        float* from = Pointer(dy), to = Pointer(dbias), sums = _scratch.Floats((long)chunks * Lanes.Padded(channels));
        _context.Pool.Run(chunks, new ColumnSumJob(from, rows, channels, sums));
        for (int o = 0; o < channels; o++)
            into.Store(ColumnSumJob.Total(sums, 0, chunks, channels, o), ref to[o]);
    }

    public void Dispose()
    {
        _scratch.Dispose();
        _gemm.Dispose();
        _weightGradient.Dispose();
        _padded.Dispose();
        _winograd.Dispose();
    }

    private void Multiply(ConvAlgorithm algorithm, in ConvProblem problem)
    {
        if (algorithm == ConvAlgorithm.Padded)
            _padded.Run(Placed(_padded.Plan(problem)));
        else if (algorithm == ConvAlgorithm.PerTap)
            _perTap.Run(Placed(_perTap.Plan(problem)));
        else if (algorithm.Tile() is > 0 and var tile)
            _winograd.Run(Placed(_winograd.Plan(problem, tile)));
        else
            _gemm.Run(Placed(_gemm.Plan(problem)));
    }

    /// <summary>The plan with a place for each part of its scratch.</summary>
    private TPlan Placed<TPlan>(TPlan plan)
        where TPlan : struct, IScratch
    {
        _scratch.Allocate(ref plan);
        return plan;
    }

    private float* Pointer(Place place) => _context.Memory.Pointer(place);
}
