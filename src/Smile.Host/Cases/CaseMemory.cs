using System.Globalization;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Cases;

/// <summary>
/// What loaded cases take of the machine's memory. All of them are held at once, so what cannot fit is refused before an hour
/// has gone into loading and the system ends the program without a word.
/// </summary>
internal static class CaseMemory
{
    /// <summary>Bytes a voxel of a loaded case: Hounsfield units in float32 and a label byte.</summary>
    public const int Loaded = sizeof(float) + sizeof(byte);

    /// <summary>The same where rounds add pseudo labels, a word of organ bits a voxel.</summary>
    public const int WithPseudo = Loaded + sizeof(uint);

    /// <summary>Voxels of a case in slices of a spacing; of its own where that is null.</summary>
    public static long Voxels(string id, Geometry grid, PlaneSpacing? spacing) =>
        (PlaneGrid.To(id, grid, spacing)?.Of(grid) ?? grid).Voxels;

    /// <summary>Refuses cases that do not fit into the memory that this process may use.</summary>
    /// <exception cref="DataException">They do not.</exception>
    public static void Check(int cases, long voxels, int bytesPerVoxel) =>
        Check(cases, voxels, bytesPerVoxel, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    internal static void Check(int cases, long voxels, int bytesPerVoxel, long available)
    {
        if (voxels > available / bytesPerVoxel)
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"{Words.Count(cases, "case", "cases")} of {voxels:N0} voxels in all: held in memory at {bytesPerVoxel} bytes a voxel that "
                    + $"is {Gib(voxels * (double)bytesPerVoxel):F1} GiB, and this process may use {Gib(available):F1} GiB. ")
                + "Use a machine with more memory, fewer data set folders, or a coarser copy that `smile dataset import SOURCE... "
                + "--spacing Z,Y,X --output DIR` makes.");
    }

    /// <summary>So many voxels' memory, for people.</summary>
    public static string Text(long voxels, int bytesPerVoxel) => voxels * (double)bytesPerVoxel is var bytes && bytes < 1 << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):F1} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{Gib(bytes):F1} GiB");

    private static double Gib(double bytes) => bytes / (1L << 30);
}
