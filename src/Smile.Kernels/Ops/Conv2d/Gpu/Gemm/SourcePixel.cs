using ILGPU;
using Smile.Kernels.Gpu;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

/// <summary>A tap of the kernel and a source channel.</summary>
internal struct Tap
{
    public int Row, Column, Channel;

    /// <summary>The tap and channel at that depth: channels fastest, then columns.</summary>
    public static Tap At(in ConvArgs args, int depth)
    {
        int tap = depth / args.SourceChannels;
        return new Tap { Row = tap / args.Kernel, Column = tap % args.Kernel, Channel = depth % args.SourceChannels };
    }

    /// <summary>The tap <paramref name="channels"/> deeper; at most as many as a tap has.</summary>
    public readonly Tap Next(in ConvArgs args, int channels)
    {
        Tap next = this;
        next.Channel += channels;
        if (next.Channel >= args.SourceChannels)
        {
            next.Channel -= args.SourceChannels;
            next.Column++;
            if (next.Column == args.Kernel)
            {
                next.Column = 0;
                next.Row++;
            }
        }

        return next;
    }
}

/// <summary>A pixel of the pass's grid, seen from the source: where its taps meet the source.</summary>
internal struct SourcePixel
{
    private int _image, _row, _column, _exists;

    /// <summary>The pixel at <paramref name="index"/>, which meets nothing from <paramref name="end"/> on.</summary>
    public static SourcePixel At(in ConvArgs args, int index, int end)
    {
        int row = index / args.Columns;
        return new SourcePixel
        {
            _image = row / args.Rows * args.SourceRows,
            _row = row % args.Rows * args.Scale + args.Shift,
            _column = index % args.Columns * args.Scale + args.Shift,
            _exists = index < end ? 1 : 0,
        };
    }

    /// <summary>What the tap meets; zero outside the source. A divisor that is a constant 1 leaves no trace in the kernel.</summary>
    public readonly float Load(ArrayView<float> memory, in ConvArgs args, Tap tap, int divisor)
    {
        int at = Find(args, tap, divisor);
        return at < 0 ? 0 : args.A.Load(memory, at);
    }

    /// <summary>Four channels at once; see <see cref="ConvArgs.SourceInFloat4s"/>.</summary>
    public readonly Float4 LoadFloat4(ArrayView<float> memory, in ConvArgs args, Tap tap, int divisor)
    {
        int at = Find(args, tap, divisor);
        return at < 0 ? default : args.A.LoadFloat4(memory, at);
    }

    /// <summary>The word of the source that the tap meets; negative outside it.</summary>
    public readonly int Find(in ConvArgs args, Tap tap, int divisor)
    {
        int row = _row + tap.Row * args.TapStep, column = _column + tap.Column * args.TapStep;
        if (divisor > 1)
        {
            if (row % divisor != 0 || column % divisor != 0)
                return -1;
            row /= divisor;
            column /= divisor;
        }

        bool inside = _exists != 0 && tap.Row < args.Kernel && row >= 0 && row < args.SourceRows && column >= 0
            && column < args.SourceColumns;
        return inside ? ((_image + row) * args.SourceColumns + column) * args.SourceChannels + tap.Channel : -1;
    }
}
