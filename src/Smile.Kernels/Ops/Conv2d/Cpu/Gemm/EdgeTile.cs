using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>A tile of scratch for a panel that is not whole: the micro-kernel writes all its lanes there.</summary>
internal unsafe struct EdgeTile : IScratch
{
    /// <summary>Where each row begins; the rows lie one after another.</summary>
    public float** Rows { get; private set; }

    public void Allocate(ref ScratchLayout layout)
    {
        Rows = layout.Addresses(MicroKernels.MaxRows);
        float* tile = layout.Floats(MicroKernels.MaxRows * Panel.MostLanes);
        for (int i = 0; !layout.Measures && i < MicroKernels.MaxRows; i++)
            Rows[i] = tile + i * Panel.MostLanes;
    }

    /// <summary>Before sums that are added to what the targets hold.</summary>
    public readonly void Load(float** targets, int rows, in Panel panel)
    {
        for (int i = 0; i < rows; i++)
            new Span<float>(targets[i] + panel.Column, panel.Filled).CopyTo(new Span<float>(Rows[i], panel.Filled));
    }

    /// <summary>After the sums.</summary>
    public readonly void Store(float** targets, int rows, in Panel panel)
    {
        for (int i = 0; i < rows; i++)
            new Span<float>(Rows[i], panel.Filled).CopyTo(new Span<float>(targets[i] + panel.Column, panel.Filled));
    }
}
