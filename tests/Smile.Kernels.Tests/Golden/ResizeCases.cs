using Smile.Kernels.Ops.Resize;

namespace Smile.Kernels.Tests.Golden;

/// <summary>Bilinear resizes by name.</summary>
internal static class ResizeCases
{
    /// <summary>Name and shape: (Batch, Height, Width, OutHeight, OutWidth, Channels).</summary>
    public static IReadOnlyDictionary<string, ResizeShape> All { get; } = new Dictionary<string, ResizeShape>
    {
        ["times 2"] = new(2, 5, 7, 10, 14, 3),
        ["times 8, logits to input size"] = new(1, 6, 5, 48, 40, 3),
        ["times 8, one organ"] = new(2, 4, 3, 32, 24, 1),
        ["times 16, 17 channels"] = new(1, 2, 3, 32, 48, 17),
        ["same size"] = new(1, 6, 4, 6, 4, 5),
        ["half"] = new(1, 8, 12, 4, 6, 2),
        ["a third, odd"] = new(2, 9, 15, 3, 5, 4),
        ["ratio not whole, up"] = new(1, 5, 7, 13, 11, 6),
        ["ratio not whole, down"] = new(1, 17, 13, 6, 9, 3),
        ["up in rows, down in columns"] = new(1, 4, 19, 9, 5, 7),
        ["from one pixel"] = new(2, 1, 1, 7, 9, 33),
        ["to one pixel"] = new(1, 7, 9, 1, 1, 5),
        ["from one row"] = new(1, 1, 6, 5, 12, 3),
        ["one pixel to one pixel"] = new(3, 1, 1, 1, 1, 2),
        ["to a size one short"] = new(1, 16, 9, 15, 8, 3),
        ["129 from 17, as a padded network gives"] = new(1, 17, 9, 129, 65, 2),
    };
}
