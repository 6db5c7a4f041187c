using System.Globalization;
using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Cases;

/// <summary>What <c>dataset check</c> shows of the images, and of the memory that training on them takes.</summary>
internal static class Fingerprint
{
    /// <summary>A row a group of cases.</summary>
    public static TextTable Table(IEnumerable<GroupFingerprint> groups)
    {
        var table = new TextTable("images of", "cases", "voxels (z, y, x)", "mm (z, y, x)", "HU", "0.5 %", "median", "99.5 %");
        foreach (GroupFingerprint group in groups)
        {
            Geometry[] grids = [.. group.Cases.Select(each => each.Grid)];
            CaseSpacings spacings = CaseSpacings.Of(grids);
            HounsfieldProfile hounsfield = group.Hounsfield;
            string sizes = string.Join(" x ", Range(grids, g => g.Depth), Range(grids, g => g.Height), Range(grids, g => g.Width));
            table.Add(group.Name, Invariant.Text(grids.Length), sizes, $"{spacings.Z} x {spacings.Y} x {spacings.X}",
                $"{Hounsfield(hounsfield.Minimum)} to {Hounsfield(hounsfield.Maximum)}", Hounsfield(hounsfield.Percentile(0.005)),
                Hounsfield(hounsfield.Percentile(0.5)), Hounsfield(hounsfield.Percentile(0.995)));
        }

        return table;
    }

    /// <summary>What the training cases take of the memory, in a line; null where there is none.</summary>
    /// <param name="groups">All.</param>
    /// <param name="spacing">What their slices are brought to, mm; null: nothing.</param>
    public static string? Memory(IEnumerable<GroupFingerprint> groups, PlaneSpacing? spacing)
    {
        (string Id, Geometry Grid)[] cases = [.. groups.Where(group => group.IsTraining).SelectMany(group => group.Cases)];
        if (cases.Length == 0)
            return null;
        string Text(bool rounds) => CaseMemory.Text(cases.Sum(each => CaseMemory.Bytes(each.Id, each.Grid, spacing, rounds)));
        string at = spacing is { } mm ? string.Create(CultureInfo.InvariantCulture, $"at {mm.Y:G4} x {mm.X:G4} mm (y, x)") : "as they are";
        return string.Create(CultureInfo.InvariantCulture, $"Training holds {Words.Count(cases.Length, "case", "cases")} in memory, {at}: ")
            + $"{Text(rounds: false)}, with rounds (smiler) {Text(rounds: true)}; "
            + $"this process may use {CaseMemory.Text(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)}.";
    }

    private static string Range(Geometry[] grids, Func<Geometry, int> size) => grids.Min(size) == grids.Max(size)
        ? Invariant.Text(grids.Max(size))
        : $"{Invariant.Text(grids.Min(size))} to {Invariant.Text(grids.Max(size))}";

    private static string Hounsfield(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
