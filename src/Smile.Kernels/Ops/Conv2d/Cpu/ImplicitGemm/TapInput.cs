using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;

/// <summary>
/// The input of any shape: a unit is a tap. A block of pixels becomes a list of addresses, so stride, dilation and padding cost nothing in
/// the product, and a pixel that the tap does not read is left out.
/// </summary>
internal unsafe struct TapInput(in ConvProblem problem) : IWeightGradientInput
{
    public TapTables Tables;

    private readonly ConvProblem _problem = problem;

    public static bool Prefetches => true;

    public readonly int Units => _problem.Taps * _problem.Taps;

    public readonly int Lines => 1;

    public readonly int LineRows => _problem.SourceChannels;

    public readonly nint LineDistance => 0;

    public readonly int Pieces => Integers.CeilingDivide(Pixels, Panel.MostPixels);

    private readonly int Pixels => _problem.Batch * _problem.Height * _problem.Width;

    public void Allocate(ref ScratchLayout layout) => Tables.Allocate(ref layout, _problem);

    public readonly void Prepare() => Tables.Fill(_problem);

    public readonly PixelStretch Open(int piece, int endPiece, int worker) =>
        new(piece * Panel.MostPixels, Math.Min(Pixels, endPiece * Panel.MostPixels), endPiece, null);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly int List(int unit, in PixelStretch stretch, int first, int end, WeightGradientScratch* scratch)
    {
        int height = _problem.Height, width = _problem.Width, taps = _problem.Taps, channels = _problem.SourceChannels;
        int outputs = _problem.Channels, count = 0;
        nint inputRow = (nint)_problem.SourceWidth * channels;
        int* rowOf = Tables.RowOf + unit / taps * height, columnOf = Tables.ColumnOf + unit % taps * width;
        for (int pixel = first; pixel < end;)
        {
            int line = pixel / width, q = pixel - line * width, stop = Math.Min(width, q + end - pixel), row = rowOf[line % height];
            float* input = _problem.Source + ((nint)(line / height) * _problem.SourceHeight + row) * inputRow;
            float* output = _problem.Target + (nint)pixel * outputs;
            pixel += stop - q;
            if (row < 0)
                continue;
            for (; q < stop; q++, output += outputs)
            {
                if (columnOf[q] < 0)
                    continue;
                scratch->Inputs[count] = input + (nint)columnOf[q] * channels;
                scratch->Outputs[count] = output;
                count++;
            }
        }

        return count;
    }
}
