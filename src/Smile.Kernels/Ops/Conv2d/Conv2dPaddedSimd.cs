using System.Runtime.CompilerServices;

namespace Smile.Kernels;

/// <summary>
/// A copy of a batch of images between borders of zeros, just as large as a dense convolution reads it. All taps of all pixels lie inside: a row
/// of taps is one run of numbers, and neighbouring pixels are equally far apart. Only for few channels, where the copy is small beside the product.
/// </summary>
internal unsafe struct PaddedImages
{
    /// <summary>Most numbers of a row of taps.</summary>
    public const int MostRun = 96;

    /// <summary>(Batch, SourceHeight, SourceWidth, Channels).</summary>
    public float* Source;

    public int Batch, SourceHeight, SourceWidth, Channels;

    /// <summary>Target pixels along each axis, the source pixels between two of them, and how far before itself a target pixel reads.</summary>
    public int Height, Width, Step, Pad;

    /// <summary>Taps along each axis.</summary>
    public int Taps;

    /// <summary>(Batch, Rows, Columns, Channels), and what a tile past the last pixel reads.</summary>
    public float* Copy;

    /// <summary>Numbers of a row of taps.</summary>
    public readonly int Run => Taps * Channels;

    public readonly int Rows => (Height - 1) * Step + Taps;

    public readonly int Columns => (Width - 1) * Step + Taps;

    /// <summary>Floats from one row to the next.</summary>
    public readonly nint Line => (nint)Columns * Channels;

    /// <summary>Floats of <see cref="Copy"/>.</summary>
    public readonly long Floats => (long)Batch * Rows * Line + MicroKernels.MaxRows * (long)(Step + 1) * Channels;

    /// <summary>What the first tap of the first pixel of a target row reads.</summary>
    public readonly float* At(int line) => Copy + ((nint)(line / Height) * Rows + line % Height * Step) * Line;

    /// <summary>Copies one row of one image.</summary>
    public readonly void CopyRow(int index)
    {
        int row = index % Rows - Pad, from = Math.Max(0, -Pad), count = Math.Min(SourceWidth, Columns - Pad) - from;
        var to = new Span<float>(Copy + index * Line, (int)Line);
        to.Clear();
        if (row < 0 || row >= SourceHeight || count <= 0)
            return;
        float* source = Source + (((nint)(index / Rows) * SourceHeight + row) * SourceWidth + from) * Channels;
        new Span<float>(source, count * Channels).CopyTo(to[((from + Pad) * Channels)..]);
    }
}

/// <summary>The copy as a job: a chunk is some rows.</summary>
internal readonly struct PadJob(PaddedImages images) : IJob
{
    private const int RowsPerChunk = 16;

    private readonly PaddedImages _images = images;

    public int Chunks => (_images.Batch * _images.Rows + RowsPerChunk - 1) / RowsPerChunk;

    public void Run(int chunk, int worker)
    {
        int end = Math.Min(_images.Batch * _images.Rows, (chunk + 1) * RowsPerChunk);
        for (int row = chunk * RowsPerChunk; row < end; row++)
            _images.CopyRow(row);
    }
}

/// <summary>The product of a dense convolution of few source channels: tiles of neighbours read the padded copy where it lies.</summary>
internal unsafe struct ConvPadded
{
    private const int LeastChunks = 32;

    /// <summary>The problem; its tables are not used.</summary>
    public ConvGather Problem;

    public PaddedImages Images;

    private readonly int LinesPerChunk => Math.Max(1, Problem.Batch * Problem.Height / LeastChunks);

    /// <summary>Chunks, from the shape alone.</summary>
    public readonly int Chunks => (Problem.Batch * Problem.Height + LinesPerChunk - 1) / LinesPerChunk;

    /// <summary>One chunk: some rows of target pixels.</summary>
    public readonly void Run(int chunk, ConvScratch* scratch)
    {
        int end = Math.Min(Problem.Batch * Problem.Height, (chunk + 1) * LinesPerChunk), rows = Problem.Kernels.Rows;
        nint distance = (nint)Problem.Step * Problem.SourceChannels;
        for (int line = chunk * LinesPerChunk; line < end; line++)
            for (int column = 0; column < Problem.Width; column += rows)
            {
                float* target = Problem.Target + ((nint)line * Problem.Width + column) * Problem.Channels;
                for (int i = 0; i < rows; i++)
                    scratch->Targets[i] = column + i < Problem.Width ? target + i * (nint)Problem.Channels : Problem.Dump;
                Multiply(Images.At(line) + column * distance, distance, scratch);
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
                kernel(pixels, distance, Images.Line, Images.Taps, Images.Run, weights, scratch->Targets, column, start);
                continue;
            }

            scratch->FillEdge(Problem.Add, scratch->Targets, Problem.Kernels.Rows, column, left);
            kernel(pixels, distance, Images.Line, Images.Taps, Images.Run, weights, scratch->EdgeRows, 0, start);
            scratch->EmptyEdge(scratch->Targets, Problem.Kernels.Rows, column, left);
        }
    }
}

/// <summary>The product as a job.</summary>
internal readonly unsafe struct ConvPaddedJob(ConvPadded product, ConvScratch* scratch) : IJob
{
    private readonly ConvPadded _product = product;

    public void Run(int chunk, int worker) => _product.Run(chunk, scratch + worker);
}
