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
    // Bytes a voxel: HU as int16, or as float32 where they are no whole numbers; the runs of labels, and those of a round's pseudo
    // labels, of which CT takes a tenth.
    private const double Whole = 2, Real = 4, Labels = 0.2, Pseudo = 0.3;

    /// <summary>
    /// Bytes that a case takes whose HU are whole numbers, as those of CT are until its slices are brought to another spacing. While it is
    /// loaded it takes 5 bytes a voxel besides.
    /// </summary>
    /// <param name="id">The case's.</param>
    /// <param name="grid">Of its image.</param>
    /// <param name="spacing">What its slices are brought to, mm; null: nothing.</param>
    /// <param name="rounds">Rounds add pseudo labels.</param>
    public static double Bytes(string id, Geometry grid, PlaneSpacing? spacing, bool rounds) =>
        Voxels(id, grid, spacing) * ((PlaneGrid.To(id, grid, spacing) is null ? Whole : Real) + Labels + (rounds ? Pseudo : 0));

    /// <summary>Bytes that a loaded case takes.</summary>
    public static double Bytes(CaseData data, bool rounds) => data.Image.IsStored
        ? data.Labels.Bytes + (data.Pseudo?.Bytes ?? 0)
        : data.Image.Bytes + Math.Max(data.Labels.Bytes, Labels * data.Geometry.Voxels) + (rounds ? Pseudo * data.Geometry.Voxels : 0);

    /// <summary>Voxels of a case in slices of a spacing; of its own where that is null.</summary>
    public static long Voxels(string id, Geometry grid, PlaneSpacing? spacing) =>
        (PlaneGrid.To(id, grid, spacing)?.Of(grid) ?? grid).Voxels;

    /// <summary>Refuses cases that do not fit into the memory that this process may use.</summary>
    /// <param name="cases">How many.</param>
    /// <param name="voxels">Of all.</param>
    /// <param name="bytes">That they take.</param>
    /// <exception cref="DataException">They do not.</exception>
    public static void Check(int cases, long voxels, double bytes) =>
        Check(cases, voxels, bytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    internal static void Check(int cases, long voxels, double bytes, long available)
    {
        if (bytes > available)
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"{Words.Count(cases, "case", "cases")} of {voxels:N0} voxels in all: held in memory at {bytes / voxels:F1} bytes a voxel "
                    + $"that is {Gib(bytes):F1} GiB, and this process may use {Gib(available):F1} GiB. ")
                + "Use a machine with more memory, fewer data set folders, or a coarser copy that `smile dataset import SOURCE... "
                + "--spacing Z,Y,X --output DIR` makes.");
    }

    /// <summary>So many bytes, for people.</summary>
    public static string Text(double bytes) => bytes < 1 << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):F1} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{Gib(bytes):F1} GiB");

    private static double Gib(double bytes) => bytes / (1L << 30);
}
