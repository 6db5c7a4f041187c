using Smile.Host.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>A CT series with the segmentations and structure sets drawn on it, and the NIfTI label maps that lie on its grid.</summary>
internal sealed class DicomCase(DicomSeries series, IReadOnlyList<DicomOutlines> outlines, IReadOnlyList<GridLabels> maps,
    SeriesRemedies remedies)
    : SourceCase
{
    public override string Origin => series.Name;

    public override string Kind => "DICOM series";

    public override IReadOnlyList<SourceRegion> Regions =>
    [
        .. outlines.SelectMany(file => file.Annotated).Select(region => new SourceRegion(region))
            .Concat(maps.SelectMany(map => map.Regions)).Distinct(),
    ];

    public override IReadOnlyDictionary<string, string> Originals => new Dictionary<string, string>
    {
        ["image"] = Path.GetDirectoryName(series.Files[0].Path)!,
        ["series"] = series.Uid,
        ["patient"] = series.Files[0].Dataset.Text(DicomTags.PatientID),
        ["labels"] = string.Join('\n', Paths),
    };

    public override IEnumerable<string> Inputs =>
    [
        .. series.Files.Select(file => file.Path), .. Paths, .. maps.SelectMany(map => map.Meaning.Values
            .Select(entry => $"{entry.Value} {entry.Name}")),
    ];

    private IEnumerable<string> Paths => outlines.Select(file => file.Path).Concat(maps.Select(map => map.Path));

    public override (Volume Image, byte[] Labels, OrganBits Annotated) Read(RegionMapping mapping, CaseNotes notes)
    {
        CtStack stack = series.ReadStack(warning => notes.Add(series.WithoutPath(warning)), remedies);
        RegularGrid? grid = RegularGrid.Of(stack);
        Volume image = grid?.Image() ?? DicomSeries.Read(stack);
        var painter = new LabelPainter(stack.Geometry, mapping);
        var drawn = new Dictionary<string, (string Path, byte[] Mask)>(StringComparer.Ordinal);
        HashSet<string> shared = [.. Structures(mapping).GroupBy(structure => structure).Where(alike => alike.Count() > 1)
            .Select(alike => alike.Key)];
        void Take(string path, IEnumerable<(SourceRegion Region, string Structure, RegionMask Mask)> regions)
        {
            // Of a structure that several files outline, all that this one draws.
            var own = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            foreach ((SourceRegion region, string structure, RegionMask mask) in regions)
            {
                painter.Add(region, mask);
                if (mask.IsAnnotated && shared.Contains(structure) && !own.TryAdd(structure, mask.Voxels))
                    own[structure] = [.. own[structure].Zip(mask.Voxels, RegionMask.United)];
            }

            foreach ((string structure, byte[] mask) in own)
            {
                if (!drawn.TryAdd(structure, (path, mask)))
                    Agree(structure, drawn[structure], (path, mask));
            }
        }

        foreach (DicomOutlines file in outlines)
        {
            Take(file.Path, Drawn(file, stack, mapping, notes));
            foreach (DicomRegion _ in file.Undrawn)
                notes.Add("a region of interest without any closed contour is taken for not annotated.");
            if (file.IsPlacedByFrame)
                notes.Add("outlines refer to a series or images that are not here; they are placed on this one by the frame of reference.");
        }

        foreach (GridLabels map in maps)
            Take(map.Path, map.Read(stack, mapping, notes).Select(each => (each.Region, DicomOutlines.StructureOf(each.Region),
                each.Mask)));
        painter.Finish(notes);
        return (image, grid?.Labels(painter.Voxels) ?? painter.Voxels, painter.Annotated);
    }

    /// <summary>What each file outlines that is wanted, a structure once a file.</summary>
    private IEnumerable<string> Structures(RegionMapping mapping) => outlines
        .SelectMany(file => file.Annotated.Where(region => mapping[new SourceRegion(region)] >= 0).Select(DicomOutlines.StructureOf)
            .Distinct())
        .Concat(maps.SelectMany(map => map.Regions.Where(region => mapping[region] >= 0).Select(DicomOutlines.StructureOf).Distinct()));

    private static IEnumerable<(SourceRegion Region, string Structure, RegionMask Mask)> Drawn(
        DicomOutlines file, CtStack stack, RegionMapping mapping, CaseNotes notes)
    {
        foreach (DicomRegion region in file.Annotated)
        {
            var source = new SourceRegion(region);
            if (mapping[source] < 0)
                continue;
            var warnings = new List<string>();
            RegionMask mask = file.Regions.ReadMask(region, stack, warnings);
            foreach (string warning in warnings)
                notes.Add(warning, region, mapping.Organs.Names[mapping[source]]);
            yield return (source, DicomOutlines.StructureOf(region), mask);
        }
    }

    /// <summary>Refuses two files that outline one structure differently where neither is in doubt: only a person knows better.</summary>
    private static void Agree(string structure, (string Path, byte[] Mask) one, (string Path, byte[] Mask) other)
    {
        int differ = one.Mask.Zip(other.Mask).Count(pair => pair.First + pair.Second == RegionMask.Inside + RegionMask.Outside);
        if (differ > 0)
            throw new DataException($"{one.Path} and {other.Path}: both outline '{structure}', and differ in "
                + $"{Words.Count(differ, "voxel", "voxels")}. Take one of the files away.");
    }
}
