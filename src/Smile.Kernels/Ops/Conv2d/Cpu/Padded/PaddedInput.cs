using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Padded;

/// <summary>
/// The input of a dense convolution with few channels, which would not fill a tile: groups of lines of it are padded copies, and a line of
/// weights is a whole row of taps. All rows of taps share the packed output gradients.
/// </summary>
internal unsafe struct PaddedInput(in ConvProblem problem, int workers) : IWeightGradientInput
{
    private readonly float* _outputs = problem.Target;
    private readonly int _width = problem.Width, _channels = problem.Channels, _taps = problem.Taps, _step = problem.Step;
    private readonly int _inputChannels = problem.SourceChannels;
    private PaddedImages _images = new(problem, workers);

    public static bool Prefetches => false;

    public readonly int Units => 1;

    public readonly int Lines => _taps;

    public readonly int LineRows => _images.Run;

    public readonly nint LineDistance => _images.RowFloats;

    public readonly int Pieces => _images.Groups;

    public void Allocate(ref ScratchLayout layout) => _images.Allocate(ref layout);

    public readonly void Prepare()
    {
    }

    public readonly PixelStretch Open(int piece, int endPiece, int worker)
    {
        (int line, int endLine) = _images.Lines(piece);
        return new PixelStretch(line * _width, endLine * _width, piece + 1, _images.Copy(piece, worker));
    }

    public readonly int List(int unit, in PixelStretch stretch, int first, int end, WeightGradientScratch* scratch)
    {
        int width = _width, step = _step * _inputChannels, firstLine = stretch.First / width;
        nint lineStep = _step * _images.RowFloats;
        for (int pixel = first; pixel < end;)
        {
            int line = pixel / width, q = pixel - line * width, stop = Math.Min(width, q + end - pixel);
            float* input = stretch.Copy + (line - firstLine) * lineStep + (nint)q * step;
            for (; q < stop; q++, pixel++, input += step)
            {
                scratch->Inputs[pixel - first] = input;
                scratch->Outputs[pixel - first] = _outputs + (nint)pixel * _channels;
            }
        }

        return end - first;
    }
}
