namespace Smile.Host.Import;

/// <summary>Left and right of a volume: its rows run from one to the other.</summary>
internal static class Sides
{
    /// <summary>Exchanges them in place.</summary>
    /// <param name="voxels">(z, y, x).</param>
    /// <param name="width">Columns.</param>
    public static void Exchange<T>(Span<T> voxels, int width)
    {
        for (; voxels.Length > 0; voxels = voxels[width..])
            voxels[..width].Reverse();
    }
}
