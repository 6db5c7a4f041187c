using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;

/// <summary>
/// How a weight gradient reads the input. Its rows (taps and input channels) are units, which are jobs of their own; a unit is lines, which
/// share the packed output gradients; a line is <see cref="LineRows"/> rows, whose numbers lie side by side.
/// </summary>
internal unsafe interface IWeightGradientInput : IScratch
{
    /// <summary>Whether the next block's output gradients are brought nearer while one is multiplied.</summary>
    static abstract bool Prefetches { get; }

    int Units { get; }

    /// <summary>Lines of a unit.</summary>
    int Lines { get; }

    int LineRows { get; }

    /// <summary>Floats from what a pixel reads for one line to what it reads for the next.</summary>
    nint LineDistance { get; }

    /// <summary>Pieces of the pixels, as small as they may be split.</summary>
    int Pieces { get; }

    /// <summary>After <see cref="IScratch.Allocate"/>, before the first stretch.</summary>
    void Prepare();

    /// <summary>Makes the next stretch of some pieces ready for a worker.</summary>
    PixelStretch Open(int piece, int endPiece, int worker);

    /// <summary>
    /// Lists the pixels of a block of the stretch that the unit reads: where each begins in the input and in the output gradient.
    /// </summary>
    /// <returns>How many there are.</returns>
    int List(int unit, in PixelStretch stretch, int first, int end, WeightGradientScratch* scratch);
}

/// <summary>Pixels that are taken one after the other.</summary>
/// <param name="first">First pixel of the batch.</param>
/// <param name="end">Past the last.</param>
/// <param name="nextPiece">The piece after the stretch.</param>
/// <param name="copy">What the first pixel reads, where the input was copied; else null.</param>
internal readonly unsafe struct PixelStretch(int first, int end, int nextPiece, float* copy)
{
    public int First => first;

    public int End => end;

    public int NextPiece => nextPiece;

    public float* Copy => copy;
}
