using Smile.Kernels.Ops.MaxPool;

namespace Smile.Kernels.Tests.Golden;

/// <summary>Max pools by name.</summary>
internal static class PoolCases
{
    /// <summary>Name and shape: (Batch, Height, Width, Channels, Kernel, Stride, Pad).</summary>
    public static IReadOnlyDictionary<string, PoolShape> All { get; } = new Dictionary<string, PoolShape>
    {
        ["stem 3x3, odd size"] = new(2, 9, 7, 5, 3, 2, 1),
        ["stem 3x3, even size"] = new(1, 8, 10, 16, 3, 2, 1),
        ["stem 3x3, 33 channels"] = new(1, 6, 5, 33, 3, 2, 1),
        ["3x3, every pixel"] = new(1, 6, 7, 3, 3, 1, 1),
        ["2x2"] = new(3, 6, 8, 7, 2, 2, 0),
        ["2x2, last row and column unread"] = new(1, 7, 5, 2, 2, 2, 0),
        ["1x1 is the identity"] = new(1, 3, 4, 5, 1, 1, 0),
        ["1x1, stride 2"] = new(1, 5, 4, 3, 1, 2, 0),
        ["window over the whole image"] = new(2, 4, 4, 9, 4, 1, 0),
        ["one pixel"] = new(1, 1, 1, 6, 3, 2, 1),
        ["5x5, padding 2, stride 3"] = new(1, 11, 13, 4, 5, 3, 2),
        ["large image"] = new(1, 63, 65, 17, 3, 2, 1),
    };
}
