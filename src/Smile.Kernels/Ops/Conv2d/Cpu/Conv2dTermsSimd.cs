using System.Runtime.CompilerServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>
/// A convolution to few target channels would leave most lanes empty. Its taps are therefore laid side by side across the lanes: a 1x1 product
/// gives every source pixel's terms (taps, Channels), and a target pixel adds up those that belong to it. The weight gradient likewise: the
/// terms of the output gradient are laid out for each input pixel, and a 1x1 weight gradient gives all taps at once. It packs the input then,
/// which pays for 1x1 convolutions to more channels too: the side with fewer channels is packed.
/// </summary>
internal static class ConvTerms
{
    /// <summary>Most terms of a pixel: two panels of the widest vectors.</summary>
    public const int Most = 64;

    /// <summary>Most input channels of a 1x1 convolution whose weight gradient is taken this way: with 256 rows of sums packing costs little.</summary>
    public const int MostTurned = 128;

    /// <summary>Bytes of the terms that are held at once, or one image's.</summary>
    private const long BlockBytes = 1 << 22;

    /// <summary>Terms of a pixel.</summary>
    public static int Count(int taps, int channels) => taps * taps * channels;

    /// <summary>Images whose terms are held at once, from the shape alone.</summary>
    public static int Block(in ConvGather problem)
    {
        long bytes = (long)problem.SourceHeight * problem.SourceWidth * Count(problem.Taps, problem.Channels) * sizeof(float);
        return (int)Math.Clamp(BlockBytes / bytes, 1, problem.Batch);
    }
}

/// <summary>
/// Weights (taps, InChannels, OutChannels) as those of a 1x1 convolution from the source channels to the terms; transposed, for the input
/// gradient, the taps are turned round. A chunk is a tap.
/// </summary>
internal readonly unsafe struct TermWeightsJob(float* weights, float* matrix, int taps, int inChannels, int outChannels, bool transposed) : IJob
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int depth = transposed ? outChannels : inChannels, channels = transposed ? inChannels : outChannels;
        float* from = weights + (nint)(transposed ? taps - 1 - chunk : chunk) * inChannels * outChannels;
        float* to = matrix + chunk * channels;
        for (int k = 0; k < depth; k++, to += taps * channels)
            for (int c = 0; c < channels; c++)
                to[c] = transposed ? from[(nint)c * outChannels + k] : from[(nint)k * outChannels + c];
    }
}

/// <summary>Adds up the terms of each target pixel, in the order of the taps. A chunk is a row of target pixels of the block.</summary>
internal readonly unsafe struct TermSumJob(ConvGather problem, float* terms) : IJob
{
    private readonly ConvGather _problem = problem;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int taps = _problem.Taps, channels = _problem.Channels, width = _problem.Width, p = chunk % _problem.Height, rows = 0;
        nint count = ConvTerms.Count(taps, channels), line = _problem.SourceWidth * count;
        float* image = terms + chunk / _problem.Height * _problem.SourceHeight * line, target = _problem.Target + (nint)chunk * width * channels;
        float** row = stackalloc float*[ConvTerms.Most];
        nint* column = stackalloc nint[ConvTerms.Most];
        for (int tap = 0; tap < taps; tap++)
            if (_problem.RowOf[tap * _problem.Height + p] is >= 0 and var from)
                row[rows++] = image + from * line + tap * taps * channels;
        for (int q = 0; q < width; q++)
        {
            int columns = 0;
            for (int tap = 0; tap < taps; tap++)
                if (_problem.ColumnOf[tap * width + q] is >= 0 and var from)
                    column[columns++] = from * count + tap * channels;
            for (int c = 0; c < channels; c++, target++)
            {
                float sum = _problem.Add ? *target : _problem.Start[c];
                for (int i = 0; i < rows; i++)
                    for (int j = 0; j < columns; j++)
                        sum += row[i][column[j] + c];
                *target = sum;
            }
        }
    }
}

/// <summary>
/// Lays out the output gradient for each input pixel: (Height, Width) of the problem, and for each of its pixels the output pixels that read it,
/// the last tap first, zeros for those outside. A chunk is a row.
/// </summary>
internal readonly unsafe struct TermLayoutJob(ConvGather problem, float* terms) : IJob
{
    private readonly ConvGather _problem = problem;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int taps = _problem.Taps, channels = _problem.SourceChannels, width = _problem.Width, p = chunk % _problem.Height;
        float* image = _problem.Source + (nint)(chunk / _problem.Height) * _problem.SourceHeight * _problem.SourceWidth * channels;
        float* to = terms + (nint)chunk * width * taps * taps * channels;
        for (int q = 0; q < width; q++)
            for (int r = 0; r < taps; r++)
            {
                int row = _problem.RowOf[r * _problem.Height + p];
                for (int s = 0; s < taps; s++)
                {
                    int column = _problem.ColumnOf[s * width + q];
                    float* from = (row | column) < 0 ? null : image + ((nint)row * _problem.SourceWidth + column) * channels;
                    for (int c = 0; c < channels; c++)
                        *to++ = from == null ? 0 : from[c];
                }
            }
    }
}

/// <summary>
/// The weight gradient (taps, InChannels, OutChannels) from that of the terms (taps turned round, OutChannels, InChannels). A chunk is some input
/// channels of a tap.
/// </summary>
internal readonly unsafe struct TermGradientJob(float* terms, float* target, int taps, int inChannels, int outChannels, bool add) : IJob
{
    private const int ChannelsPerChunk = 16; // whole cache lines are read

    private int ChunksPerTap => (inChannels + ChannelsPerChunk - 1) / ChannelsPerChunk;

    public int Chunks => taps * ChunksPerTap;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int tap = chunk / ChunksPerTap, first = chunk % ChunksPerTap * ChannelsPerChunk, count = Math.Min(ChannelsPerChunk, inChannels - first);
        float* from = terms + (nint)(taps - 1 - tap) * outChannels * inChannels + first, to = target + ((nint)tap * inChannels + first) * outChannels;
        for (int o = 0; o < outChannels; o++, from += inChannels)
            for (int i = 0; i < count; i++)
                to[(nint)i * outChannels + o] = (add ? to[(nint)i * outChannels + o] : 0) + from[i];
    }
}
