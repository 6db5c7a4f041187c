using System.Runtime.CompilerServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>
/// The images of a dense convolution between borders of zeros, just as large as it reads them. All taps of all pixels lie inside: a row of taps is
/// one run of numbers, and neighbouring pixels are equally far apart. Only a group of lines (rows of target pixels) is copied at a time, into a
/// worker's own buffer, so that the copy stays in its second-level cache.
/// </summary>
internal unsafe struct PaddedImages
{
    /// <summary>Most numbers of a row of taps.</summary>
    public const int MostRun = 256;

    private const int LeastGroups = 32, GroupBytes = 1 << 17;

    /// <summary>(Batch, SourceHeight, SourceWidth, Channels).</summary>
    public float* Source;

    public int Batch, SourceHeight, SourceWidth, Channels;

    /// <summary>Target pixels along each axis, the source pixels between two of them, and how far before itself a target pixel reads.</summary>
    public int Height, Width, Step, Pad;

    /// <summary>Taps along each axis.</summary>
    public int Taps;

    /// <summary>(workers, <see cref="BufferFloats"/>).</summary>
    public float* Buffers;

    /// <summary>Numbers of a row of taps.</summary>
    public readonly int Run => Taps * Channels;

    /// <summary>Floats from one row of a buffer to the next.</summary>
    public readonly nint RowFloats => (nint)((Width - 1) * Step + Taps) * Channels;

    /// <summary>Floats of a worker's buffer, with what a tile past the last pixel reads.</summary>
    public readonly long BufferFloats => ((LinesPerGroup - 1L) * Step + Taps) * RowFloats + MicroKernels.MaxRows * (Step + 1L) * Channels;

    /// <summary>Groups of lines; a group lies in one image. From the shape alone.</summary>
    public readonly int Groups => Batch * GroupsPerImage;

    private readonly int GroupsPerImage => (Height + LinesPerGroup - 1) / LinesPerGroup;

    private readonly int LinesPerGroup =>
        Math.Max(1, Math.Min((int)(GroupBytes / sizeof(float) / (Step * RowFloats)), Math.Min(Height, Batch * Height / LeastGroups)));

    /// <summary>The lines of a group, counted over the batch: first and end.</summary>
    public readonly (int First, int End) Lines(int group)
    {
        int image = group / GroupsPerImage, first = group % GroupsPerImage * LinesPerGroup;
        return (image * Height + first, image * Height + Math.Min(Height, first + LinesPerGroup));
    }

    /// <summary>Copies what a group reads. The result is what the first tap of its first pixel reads; lines are Step rows apart.</summary>
    public readonly float* Copy(int group, int worker)
    {
        (int first, int end) = Lines(group);
        float* buffer = Buffers + worker * BufferFloats, to = buffer;
        int row = first % Height * Step - Pad, from = Math.Max(0, -Pad), before = (from + Pad) * Channels;
        int inside = (Math.Min(SourceWidth, (int)(RowFloats / Channels) - Pad) - from) * Channels, after = (int)RowFloats - before - inside;
        float* image = Source + (nint)(first / Height) * SourceHeight * SourceWidth * Channels;
        for (int stop = row + (end - first - 1) * Step + Taps; row < stop; row++, to += RowFloats)
        {
            if (row < 0 || row >= SourceHeight || inside <= 0)
            {
                new Span<float>(to, (int)RowFloats).Clear();
                continue;
            }

            new Span<float>(to, before).Clear();
            new Span<float>(image + ((nint)row * SourceWidth + from) * Channels, inside).CopyTo(new Span<float>(to + before, inside));
            new Span<float>(to + before + inside, after).Clear();
        }

        return buffer;
    }
}

/// <summary>The product of a dense convolution of few source channels: tiles of neighbours read the padded copy where it lies.</summary>
internal unsafe struct ConvPadded
{
    /// <summary>The problem; its tables are not used.</summary>
    public ConvGather Problem;

    public PaddedImages Images;

    /// <summary>One group of lines.</summary>
    public readonly void Run(int group, int worker, ConvScratch* scratch)
    {
        int rows = Problem.Kernels.Rows;
        nint distance = (nint)Problem.Step * Problem.SourceChannels;
        float* copy = Images.Copy(group, worker);
        (int line, int end) = Images.Lines(group);
        for (; line < end; line++, copy += Problem.Step * Images.RowFloats)
            for (int column = 0; column < Problem.Width; column += rows)
            {
                float* target = Problem.Target + ((nint)line * Problem.Width + column) * Problem.Channels;
                for (int i = 0; i < rows; i++)
                    scratch->Targets[i] = column + i < Problem.Width ? target + i * (nint)Problem.Channels : Problem.Dump;
                Multiply(copy + column * distance, distance, scratch);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(float* pixels, nint distance, ConvScratch* scratch)
    {
        int lanes = Problem.Kernels.Lanes;
        for (int column = 0; column < Problem.Channels; column += lanes)
        {
            bool narrow = ConvGather.IsNarrow(Problem.Channels, column, lanes);
            float* start = Problem.Add ? null : Problem.Start + column, weights = Problem.Panels + (nint)column * Problem.PanelRows;
            var kernel = narrow ? Problem.Kernels.NeighboursNarrow : Problem.Kernels.NeighboursWide;
            int left = Problem.Channels - column;
            if (left >= (narrow ? lanes / 2 : lanes))
            {
                kernel(pixels, distance, Images.RowFloats, Images.Taps, Images.Run, weights, scratch->Targets, column, start);
                continue;
            }

            scratch->FillEdge(Problem.Add, scratch->Targets, Problem.Kernels.Rows, column, left);
            kernel(pixels, distance, Images.RowFloats, Images.Taps, Images.Run, weights, scratch->EdgeRows, 0, start);
            scratch->EmptyEdge(scratch->Targets, Problem.Kernels.Rows, column, left);
        }
    }
}

/// <summary>The product as a job.</summary>
internal readonly unsafe struct ConvPaddedJob(ConvPadded product, ConvScratch* scratch) : IJob
{
    private readonly ConvPadded _product = product;

    public void Run(int chunk, int worker) => _product.Run(chunk, worker, scratch + worker);
}
