using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>What the micro-kernels of a product take beside the pixels.</summary>
internal unsafe struct PackedOperands
{
    /// <summary>The weights, panel after panel: (taps * source channels, lanes) each.</summary>
    public float* Panels;

    /// <summary>(channels rounded up to panels): the bias or zeros.</summary>
    public float* Start;

    /// <summary>(channels rounded up to panels): where rows past the last pixel go; nobody reads it.</summary>
    public float* Dump;

    public void Allocate(ref ScratchLayout layout, in ConvProblem problem, int lanes)
    {
        int row = Panel.Count(problem.Channels, lanes) * lanes;
        Panels = layout.Floats((long)problem.Weights.Taps * problem.SourceChannels * row);
        Start = layout.Floats(row);
        Dump = layout.Floats(row);
    }

    public readonly void Fill(WorkerPool pool, in ConvProblem problem, int lanes)
    {
        int row = Panel.Count(problem.Channels, lanes) * lanes;
        FillStart(Start, row, problem);
        new Span<float>(Dump, row).Clear();
        var pack = new PackWeightsJob(problem.Weights, Panels, lanes);
        pool.Run(pack.Chunks, pack);
    }

    /// <summary>The row that sums start with: the bias where there is one, else zeros.</summary>
    public static void FillStart(float* start, int length, in ConvProblem problem)
    {
        new Span<float>(start, length).Clear();
        if (problem.Bias != null)
            new Span<float>(problem.Bias, problem.Channels).CopyTo(new Span<float>(start, length));
    }
}
