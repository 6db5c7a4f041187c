using Smile.Host.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>A CT series with the segmentations and structure sets drawn on it.</summary>
internal sealed class DicomCase(DicomSeries series, IReadOnlyList<DicomOutlines> outlines, SeriesRemedies remedies) : SourceCase
{
    public override string Origin => series.Name;

    public override string Kind => "DICOM series";

    public override IReadOnlyList<SourceRegion> Regions => [.. outlines.SelectMany(file => file.Annotated).Select(region => new SourceRegion(region)).Distinct()];

    public override IReadOnlyDictionary<string, string> Originals => new Dictionary<string, string>
    {
        ["image"] = Path.GetDirectoryName(series.Files[0].Path)!,
        ["series"] = series.Uid,
        ["patient"] = series.Files[0].Dataset.Text(DicomTags.PatientID),
        ["labels"] = string.Join('\n', outlines.Select(file => file.Path)),
    };

    public override IEnumerable<string> Inputs => series.Files.Select(file => file.Path).Concat(outlines.Select(file => file.Path));

    public override (Volume Image, byte[] Labels) Read(RegionMapping mapping, CaseNotes notes)
    {
        string folder = Path.GetDirectoryName(series.Files[0].Path)!;
        CtStack stack = series.ReadStack(warning => notes.Add(WithoutPath(warning, folder)), remedies);
        RegularGrid? grid = RegularGrid.Of(stack);
        Volume image = grid?.Image() ?? DicomSeries.Read(stack);
        var painter = new LabelPainter(stack.Geometry, mapping);
        var seen = new Dictionary<SourceRegion, (string Path, byte[] Mask)>();
        SourceRegion[] shared = [.. outlines.SelectMany(file => file.Annotated.Select(region => new SourceRegion(region)).Distinct())
            .GroupBy(region => region).Where(alike => alike.Count() > 1).Select(alike => alike.Key)];
        foreach (DicomOutlines file in outlines)
        {
            foreach (DicomRegion region in file.Annotated)
            {
                var source = new SourceRegion(region);
                if (mapping[source] < 0)
                    continue;
                var warnings = new List<string>();
                byte[] mask = file.Regions.ReadMask(region, stack, warnings);
                foreach (string warning in warnings)
                    notes.Add(warning, region, mapping.Organs.Names[mapping[source]]);
                if (shared.Contains(source) && !seen.TryAdd(source, (file.Path, mask)) && seen[source].Path != file.Path)
                    Agree(source, seen[source], (file.Path, mask));
                painter.Add(source, mask);
            }

            foreach (DicomRegion _ in file.Undrawn)
                notes.Add("a region of interest without any contour is taken for not annotated.");
        }

        painter.Report(notes);
        return (image, grid?.Labels(painter.Voxels) ?? painter.Voxels);
    }

    /// <summary>Refuses two files that outline one structure differently: only a person can say which is right.</summary>
    private static void Agree(SourceRegion region, (string Path, byte[] Mask) one, (string Path, byte[] Mask) other)
    {
        int differ = one.Mask.Zip(other.Mask).Count(pair => pair.First != pair.Second);
        if (differ > 0)
            throw new DataException($"{one.Path} and {other.Path}: both outline {region}, and differ in {differ} voxels. Take one of the files away.");
    }

    /// <summary>A warning of a series begins with the path of one of its files.</summary>
    private string WithoutPath(string warning, string folder)
    {
        IDicomFile? named = series.Files.FirstOrDefault(file => warning.StartsWith(file.Path + ": ", StringComparison.Ordinal));
        return named is null ? warning.Replace(folder, "", StringComparison.Ordinal) : warning[(named.Path.Length + 2)..];
    }
}
