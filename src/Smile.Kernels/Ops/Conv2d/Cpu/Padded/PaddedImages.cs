using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Padded;

/// <summary>
/// The images of a dense convolution between borders of zeros, just as large as it reads them. All taps of all pixels lie inside: a row of
/// taps is one run of numbers, and neighbouring pixels are equally far apart. Only a group of lines (rows of target pixels) is copied at a
/// time, into a worker's own buffer, so that the copy stays in its second-level cache.
/// </summary>
internal unsafe struct PaddedImages(in ConvProblem problem, int workers) : IScratch
{
    /// <summary>Most numbers of a row of taps.</summary>
    public const int MostRun = 256;

    private const int LeastGroups = 32, GroupBytes = 1 << 17;

    private readonly float* _source = problem.Source;
    private readonly int _batch = problem.Batch, _sourceHeight = problem.SourceHeight, _sourceWidth = problem.SourceWidth;
    private readonly int _channels = problem.SourceChannels, _height = problem.Height, _width = problem.Width;
    private readonly int _taps = problem.Taps, _step = problem.Step, _pad = problem.Pad, _workers = workers;

    /// <summary>(workers, <see cref="BufferFloats"/>).</summary>
    private float* _buffers;

    /// <summary>Numbers of a row of taps.</summary>
    public readonly int Run => _taps * _channels;

    /// <summary>Floats from one row of a buffer to the next.</summary>
    public readonly nint RowFloats => (nint)((_width - 1) * _step + _taps) * _channels;

    /// <summary>Groups of lines; a group lies in one image. From the shape alone.</summary>
    public readonly int Groups => _batch * GroupsPerImage;

    /// <summary>Floats of a worker's buffer, with what a tile past the last pixel reads.</summary>
    private readonly long BufferFloats =>
        ((LinesPerGroup - 1L) * _step + _taps) * RowFloats + MicroKernels.MaxRows * (_step + 1L) * _channels;

    private readonly int GroupsPerImage => Integers.CeilingDivide(_height, LinesPerGroup);

    private readonly int LinesPerGroup =>
        Math.Max(1, Math.Min((int)(GroupBytes / sizeof(float) / (_step * RowFloats)), Math.Min(_height, _batch * _height / LeastGroups)));

    public void Allocate(ref ScratchLayout layout) => _buffers = layout.Floats(_workers * BufferFloats);

    /// <summary>The lines of a group, counted over the batch: first and end.</summary>
    public readonly (int First, int End) Lines(int group)
    {
        int image = group / GroupsPerImage, first = group % GroupsPerImage * LinesPerGroup;
        return (image * _height + first, image * _height + Math.Min(_height, first + LinesPerGroup));
    }

    /// <summary>Copies what a group reads. The result is what the first tap of its first pixel reads; lines are Step rows apart.</summary>
    public readonly float* Copy(int group, int worker)
    {
        (int first, int end) = Lines(group);
        float* buffer = _buffers + worker * BufferFloats, to = buffer;
        int row = first % _height * _step - _pad, from = Math.Max(0, -_pad), before = (from + _pad) * _channels;
        int inside = (Math.Min(_sourceWidth, (int)(RowFloats / _channels) - _pad) - from) * _channels;
        int after = (int)RowFloats - before - inside;
        float* image = _source + (nint)(first / _height) * _sourceHeight * _sourceWidth * _channels;
        for (int stop = row + (end - first - 1) * _step + _taps; row < stop; row++, to += RowFloats)
        {
            if (row < 0 || row >= _sourceHeight || inside <= 0)
            {
                new Span<float>(to, (int)RowFloats).Clear();
                continue;
            }

            new Span<float>(to, before).Clear();
            new Span<float>(image + ((nint)row * _sourceWidth + from) * _channels, inside).CopyTo(new Span<float>(to + before, inside));
            new Span<float>(to + before + inside, after).Clear();
        }

        return buffer;
    }
}
