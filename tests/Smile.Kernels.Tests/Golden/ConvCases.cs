using Smile.Kernels.Ops.Conv2d;

namespace Smile.Kernels.Tests.Golden;

/// <summary>
/// The convolutions that every backend is tested on, and that the golden numbers were made for. The name says what is
/// special; extents differ from each other so that a swapped index shows.
/// </summary>
internal static class ConvCases
{
    /// <summary>Name and shape: (Batch, Height, Width, InChannels, OutChannels, Kernel, Stride, Dilation, Pad).</summary>
    public static IReadOnlyDictionary<string, ConvShape> All { get; } = new Dictionary<string, ConvShape>
    {
        ["1x1"] = new(1, 7, 9, 5, 3, 1),
        ["1x1 of one pixel"] = new(1, 1, 1, 8, 6, 1),
        ["1x1 of one pixel, batch 3"] = new(3, 1, 1, 13, 7, 1),
        ["1x1, one channel to one"] = new(1, 5, 4, 1, 1, 1),
        ["1x1, one input channel"] = new(2, 6, 5, 1, 19, 1),
        ["1x1, one output channel"] = new(2, 6, 5, 23, 1, 1),
        ["1x1, three heads"] = new(1, 11, 13, 40, 3, 1),
        ["1x1, whole vectors"] = new(1, 6, 7, 16, 32, 1),
        ["1x1, one over whole vectors"] = new(1, 5, 3, 65, 33, 1),
        ["1x1, single row"] = new(1, 1, 17, 6, 10, 1),
        ["1x1, single column"] = new(1, 19, 1, 7, 12, 1),
        ["1x1, long row"] = new(1, 1, 131, 9, 11, 1),
        ["1x1, padded: the border is bias alone"] = new(1, 4, 5, 3, 2, 1, Pad: 2),
        ["1x1, stride 2, odd size"] = new(2, 9, 7, 5, 17, 1, 2),
        ["1x1, stride 2, even size"] = new(1, 8, 6, 3, 5, 1, 2),
        ["1x1, stride 3 skips most pixels"] = new(1, 10, 11, 4, 6, 1, 3),

        ["3x3"] = new(2, 7, 9, 5, 6, 3, Pad: 1),
        ["3x3, no padding"] = new(1, 8, 10, 3, 7, 3),
        ["3x3, the kernel is as high as the image"] = new(1, 3, 4, 2, 5, 3),
        ["3x3 of one pixel"] = new(2, 1, 1, 6, 4, 3, Pad: 1),
        ["3x3 of two pixels"] = new(1, 2, 1, 7, 3, 3, Pad: 1),
        ["3x3, single row"] = new(1, 1, 23, 3, 5, 3, Pad: 1),
        ["3x3, single column, batch 3"] = new(3, 21, 1, 4, 2, 3, Pad: 1),
        ["3x3, one input channel"] = new(1, 9, 12, 1, 10, 3, Pad: 1),
        ["3x3, one output channel"] = new(1, 12, 9, 10, 1, 3, Pad: 1),
        ["3x3, one channel to one"] = new(2, 6, 8, 1, 1, 3, Pad: 1),
        ["3x3, 7 to 13 channels"] = new(1, 6, 9, 7, 13, 3, Pad: 1),
        ["3x3, one short of whole vectors"] = new(1, 6, 5, 15, 31, 3, Pad: 1),
        ["3x3, one over whole vectors"] = new(1, 5, 6, 17, 33, 3, Pad: 1),
        ["3x3, 33 to 17 channels, batch 2"] = new(2, 4, 7, 33, 17, 3, Pad: 1),
        ["3x3, many input channels"] = new(1, 4, 5, 257, 6, 3, Pad: 1),
        ["3x3, many output channels"] = new(1, 5, 4, 6, 259, 3, Pad: 1),
        ["3x3, many pixels"] = new(1, 61, 67, 3, 4, 3, Pad: 1),
        ["3x3, many pixels in three images"] = new(3, 31, 37, 5, 7, 3, Pad: 1),
        ["3x3, padding 2 grows the image"] = new(1, 5, 6, 4, 3, 3, Pad: 2),
        ["3x3, padding beyond the kernel's reach"] = new(1, 6, 4, 3, 5, 3, Pad: 5),
        ["3x3, padding beyond the image"] = new(1, 2, 3, 5, 4, 3, Pad: 7),
        ["3x3, stride 2, odd size"] = new(2, 9, 11, 4, 5, 3, 2, 1, 1),
        ["3x3, stride 2, even size"] = new(1, 8, 10, 6, 9, 3, 2, 1, 1),
        ["3x3, stride 2, last row and column unread"] = new(1, 8, 6, 5, 7, 3, 2),
        ["3x3, stride 2, padding beyond the image"] = new(1, 2, 5, 3, 4, 3, 2, 1, 6),
        ["3x3, stride 4 leaves gaps"] = new(1, 13, 14, 3, 5, 3, 4, 1, 1),

        ["atrous 2"] = new(2, 9, 7, 5, 6, 3, 1, 2, 2),
        ["atrous 2, 48 channels"] = new(1, 6, 7, 48, 40, 3, 1, 2, 2),
        ["atrous 2, stride 2"] = new(1, 12, 11, 3, 4, 3, 2, 2, 2),
        ["atrous 3, no padding"] = new(1, 9, 11, 4, 3, 3, 1, 3),
        ["atrous 3, stride 2, batch 3"] = new(3, 13, 10, 2, 5, 3, 2, 3, 3),
        ["atrous 4"] = new(1, 9, 11, 32, 20, 3, 1, 4, 4),
        ["atrous 4, padding more than the dilation"] = new(1, 5, 7, 3, 6, 3, 1, 4, 9),
        ["atrous 6"] = new(1, 13, 16, 7, 3, 3, 1, 6, 6),
        ["atrous 6, padding less than the dilation"] = new(1, 11, 14, 5, 4, 3, 1, 6, 3),
        ["atrous 12"] = new(1, 15, 17, 5, 3, 3, 1, 12, 12),
        ["atrous 12, no padding, one row left"] = new(1, 25, 27, 3, 2, 3, 1, 12),
        ["atrous 18, corner taps just inside"] = new(2, 19, 21, 3, 5, 3, 1, 18, 18),
        ["atrous 18, image of one pixel"] = new(1, 1, 1, 9, 4, 3, 1, 18, 18),
        ["atrous 24, only the centre tap inside"] = new(1, 5, 8, 17, 3, 3, 1, 24, 24),
        ["atrous 24, corner taps inside"] = new(1, 27, 29, 2, 3, 3, 1, 24, 24),

        ["5x5"] = new(1, 8, 9, 3, 6, 5, Pad: 2),
        ["5x5 of one pixel"] = new(2, 1, 1, 3, 7, 5, Pad: 2),
        ["5x5, stride 2"] = new(2, 11, 9, 4, 3, 5, 2, 1, 2),
        ["5x5, atrous 2"] = new(1, 10, 12, 3, 5, 5, 1, 2, 4),
        ["5x5, atrous 6, larger than the image"] = new(1, 7, 6, 5, 2, 5, 1, 6, 12),
        ["7x7 stem, one input channel"] = new(1, 17, 19, 1, 8, 7, 2, 1, 3),
        ["7x7 stem, three input channels, batch 2"] = new(2, 16, 18, 3, 11, 7, 2, 1, 3),
        ["7x7"] = new(1, 9, 10, 2, 3, 7, Pad: 3),
        ["7x7, larger than the image"] = new(1, 3, 5, 4, 2, 7, Pad: 3),
        ["7x7, no padding, one pixel left"] = new(3, 7, 7, 2, 5, 7),
        ["7x7, atrous 2"] = new(1, 13, 11, 3, 2, 7, 1, 2, 6),
        ["7x7, atrous 3, stride 2"] = new(1, 15, 14, 2, 3, 7, 2, 3, 9),
    };
}
