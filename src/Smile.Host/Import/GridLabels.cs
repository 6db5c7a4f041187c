using Smile.Host.Cases;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>A NIfTI label map that lies on the grid of a DICOM series: nothing else tells which image it belongs to.</summary>
/// <param name="Path">The file.</param>
/// <param name="Meaning">What its integers mean.</param>
internal sealed record GridLabels(string Path, LabelMeaning Meaning)
{
    /// <summary>Every structure that it was looked for in.</summary>
    public IEnumerable<SourceRegion> Regions => Meaning.Organs.Select(name => new SourceRegion(name));

    /// <summary>Gives each file to the one series whose grid it has.</summary>
    /// <param name="files">NIfTI files.</param>
    /// <param name="stacks">The series with their slices; those that make no regular grid are not here.</param>
    /// <param name="leftOut">Takes the files that fit several series, or cannot be read.</param>
    /// <param name="note">Hears of the files that fit none, or are no label maps.</param>
    public static ILookup<DicomSeries, GridLabels> Give(
        IReadOnlyList<string> files, IReadOnlyList<(DicomSeries Series, CtStack Stack)> stacks, List<string> leftOut, Action<string> note)
    {
        var given = new List<(DicomSeries Series, GridLabels Labels)>();
        foreach (string file in files)
        {
            try
            {
                Geometry grid = NiftiReader.ReadHeader(file).Geometry;
                DicomSeries[] fitting = [.. stacks.Where(each => IsOn(file, grid, each.Stack.Geometry)).Select(each => each.Series)];
                if (fitting.Length == 0)
                    note($"{file}: left out: no CT series here has its grid.");
                else if (fitting.Length > 1)
                    leftOut.Add($"{file}: lies on the grid of {fitting.Length} CT series: "
                        + $"{string.Join(", ", fitting.Take(4).Select(series => series.Name))}. Give it with one of them alone.");
                else if (MeaningOf(file, note) is { } meaning)
                    given.Add((fitting[0], new GridLabels(file, meaning)));
            }
            catch (DataException e)
            {
                leftOut.Add(e.Message);
            }
        }

        return given.ToLookup(each => each.Series, each => each.Labels);
    }

    /// <summary>Its organs as masks on the grid of the series, what it says to ignore in doubt.</summary>
    /// <exception cref="DataException">It cannot be read, holds a value that its names do not, or lies elsewhere.</exception>
    public IEnumerable<(SourceRegion Region, RegionMask Mask)> Read(CtStack stack, RegionMapping mapping, CaseNotes notes)
    {
        IReadOnlyList<string> organs = Meaning.Organs;
        var own = new LabelMapping(Meaning.Values.Select(entry => (entry.Value, entry.Name switch
        {
            LabelMeaning.Ignore => Labels.Ignore,
            LabelMeaning.Background => Labels.Background,
            _ => Labels.Of(organs.Index().First(organ => organ.Item == entry.Name).Index),
        })));
        LabelMap map = LabelMaps.Read(Path, own, new NiftiVolumeReader(warning => notes
            .Add($"label map: {CaseNotes.WithoutPath(warning, Path)}")));
        LabelMaps.CheckGrid(Path, map.Geometry, "the series", stack.Geometry);
        for (int k = 0; k < organs.Count; k++)
        {
            var region = new SourceRegion(organs[k]);
            if (mapping[region] < 0)
                continue;
            var mask = new RegionMask(stack) { IsAnnotated = true };
            byte label = Labels.Of(k);
            for (int i = 0; i < map.Voxels.Length; i++)
                mask.Voxels[i] = map.Voxels[i] == label ? RegionMask.Inside : map.Voxels[i] == Labels.Ignore ? RegionMask.Doubt
                    : RegionMask.Outside;
            yield return (region, mask);
        }
    }

    private static bool IsOn(string file, Geometry grid, Geometry series)
    {
        try
        {
            LabelMaps.CheckGrid(file, grid, "the series", series);
            return true;
        }
        catch (DataException)
        {
            return false;
        }
    }

    /// <summary>
    /// By names that lie beside it, else one by one; null where it holds no labels, as an image does that the series was converted to.
    /// </summary>
    private static LabelMeaning? MeaningOf(string file, Action<string> note)
    {
        if (LabelFiles.NamesBeside(file) is { } names)
            return LabelMeaning.Of(names.Entries);
        try
        {
            LabelMeaning unnamed = LabelMeaning.OfUnnamed(file);
            // A mask that is called after its organ, as TotalSegmentator's are.
            return unnamed.Values is [(1, _)] && OrganCodes.Find(LabelFiles.Stem(file), "") is not null
                ? new LabelMeaning([(1, LabelFiles.Stem(file))]) : unnamed;
        }
        catch (DataException e)
        {
            note($"left out, no label map: {e.Message}");
            return null;
        }
    }
}
