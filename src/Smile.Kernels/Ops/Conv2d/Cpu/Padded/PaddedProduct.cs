using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Padded;

/// <summary>The product of a dense convolution of few source channels: tiles of neighbours read the padded copy where it lies.</summary>
internal unsafe struct PaddedProduct(in MicroKernels kernels, in ConvProblem problem, int workers) : IScratch
{
    public MicroKernels Kernels = kernels;
    public ConvProblem Problem = problem;
    public PaddedImages Images = new(problem, workers);
    public PackedOperands Operands;

    private readonly int PanelRows => Problem.Taps * Problem.Taps * Problem.SourceChannels;

    public void Allocate(ref ScratchLayout layout)
    {
        Images.Allocate(ref layout);
        Operands.Allocate(ref layout, Problem, Kernels.Lanes);
    }

    /// <summary>One group of lines.</summary>
    public readonly void Run(int group, int worker, PaddedScratch* scratch)
    {
        int rows = Kernels.Rows;
        nint distance = (nint)Problem.Step * Problem.SourceChannels;
        float* copy = Images.Copy(group, worker);
        (int line, int end) = Images.Lines(group);
        for (; line < end; line++, copy += Problem.Step * Images.RowFloats)
            for (int column = 0; column < Problem.Width; column += rows)
            {
                float* target = Problem.Target + ((nint)line * Problem.Width + column) * Problem.Channels;
                for (int i = 0; i < rows; i++)
                    scratch->Targets[i] = column + i < Problem.Width ? target + i * (nint)Problem.Channels : Operands.Dump;
                Multiply(copy + column * distance, distance, scratch);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(float* pixels, nint distance, PaddedScratch* scratch)
    {
        bool add = Problem.Into == Into.Add;
        nint rowFloats = Images.RowFloats, run = Images.Run;
        for (int index = 0, panels = Panel.Count(Problem.Channels, Kernels.Lanes); index < panels; index++)
        {
            Panel panel = Panel.At(index, Problem.Channels, Kernels.Lanes);
            float* start = add ? null : Operands.Start + panel.Column, weights = Operands.Panels + (nint)panel.Column * PanelRows;
            var kernel = panel.Width < Kernels.Lanes ? Kernels.NeighboursNarrow : Kernels.NeighboursWide;
            if (panel.IsWhole)
            {
                kernel(pixels, distance, rowFloats, Problem.Taps, run, weights, scratch->Targets, panel.Column, start);
                continue;
            }

            if (add)
                scratch->Edge.Load(scratch->Targets, Kernels.Rows, panel);
            kernel(pixels, distance, rowFloats, Problem.Taps, run, weights, scratch->Edge.Rows, 0, start);
            scratch->Edge.Store(scratch->Targets, Kernels.Rows, panel);
        }
    }
}

/// <summary>The product as a job.</summary>
internal readonly unsafe struct PaddedJob(PaddedProduct product, PerWorker<PaddedScratch> scratch) : IJob
{
    private readonly PaddedProduct _product = product;

    public void Run(int chunk, int worker) => _product.Run(chunk, worker, scratch.Of(worker));
}
