using Smile.Host.Imaging;
using Smile.Host.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>
/// A case as 3D-IRCADb gives it out: a CT series in PATIENT_DICOM, and in MASKS_DICOM a folder for each organ with a DICOM mask for each
/// slice. Its archives are unpacked into folders of their own name, so each may lie one deeper.
/// </summary>
/// <param name="series">The CT.</param>
/// <param name="masks">The folders of masks, each named after its organ.</param>
/// <param name="remedies">Which faults of the series are accepted.</param>
internal sealed class IrcadCase(DicomSeries series, IReadOnlyList<string> masks, SeriesRemedies remedies) : SourceCase
{
    private const string Images = "PATIENT_DICOM", Masks = "MASKS_DICOM";

    /// <summary>Mm that a mask may lie beside its slice.</summary>
    private const double Tolerance = 0.1;

    public override string Origin => series.Name;

    public override string Kind => "DICOM series with DICOM masks (3D-IRCADb)";

    public override IReadOnlyList<SourceRegion> Regions => [.. masks.Select(Region)];

    public override IReadOnlyDictionary<string, string> Originals => new Dictionary<string, string>
    {
        ["image"] = series.Folder,
        ["labels"] = Path.GetDirectoryName(masks[0])!,
    };

    public override IEnumerable<string> Inputs => [.. series.Files.Select(file => file.Path), .. masks.SelectMany(Files)];

    /// <summary>The cases of a folder: the folder itself, or its subfolders; none where it is no such folder.</summary>
    /// <param name="folder">Where to look.</param>
    /// <param name="remedies">Which faults of a series are accepted.</param>
    /// <param name="damaged">Takes what is wrong with each file that cannot be read; it is left out.</param>
    /// <param name="note">Hears of subfolders beside such cases that are none.</param>
    /// <exception cref="DataException">PATIENT_DICOM holds no CT series, or several.</exception>
    public static IReadOnlyList<SourceCase> Find(string folder, SeriesRemedies remedies, List<string> damaged, Action<string> note)
    {
        string[] below = IsCase(folder) ? [] : [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)];
        string[] own = IsCase(folder) ? [folder] : [.. below.Where(IsCase)];
        foreach (string other in below.Except(own).Where(other => own.Length > 0 && Files(other).Any()))
            note($"{other}: left out: no {Images} with masks in {Masks}. Give it as a source of its own.");
        return [.. own.Select(each =>
        {
            string images = In(each, Images);
            DicomSeries found = DicomVolumeReader.CtSeries(images, null, [.. DicomSeries.Find([images], damaged, null)
                .Select(one => one.WithSecondaryCaptures())]);
            return new IrcadCase(found, Organs(each), remedies);
        })];
    }

    public override (Volume Image, byte[] Labels, OrganBits Annotated) Read(RegionMapping mapping, CaseNotes notes)
    {
        CtStack stack = series.ReadStack(warning => notes.Add(series.WithoutPath(warning)), remedies);
        RegularGrid? grid = RegularGrid.Of(stack);
        Volume image = grid?.Image() ?? DicomSeries.Read(stack);
        var painter = new LabelPainter(stack.Geometry, mapping);
        foreach (string folder in masks.Where(folder => mapping[Region(folder)] >= 0))
        {
            RegionMask mask = Mask(folder, stack);
            painter.Add(Region(folder), mask);
            if (!mask.IsAnnotated)
                notes.Tell($"{mapping.Organs.Names[mapping[Region(folder)]]}: its masks are empty; it is taken for not annotated.");
        }

        painter.Finish(notes);
        return (image, grid?.Labels(painter.Voxels) ?? painter.Voxels, painter.Annotated);
    }

    /// <summary>
    /// One organ: every slice of the series has its mask, by place, or by file name where masks have none. Nobody says that an organ
    /// of which nothing is drawn was looked for.
    /// </summary>
    /// <exception cref="DataException">A mask is damaged, has another size, or one is missing or too many.</exception>
    private static RegionMask Mask(string folder, CtStack stack)
    {
        IDicomFile[] files = [.. Files(folder).Select(DicomFile.TryOpen).OfType<IDicomFile>()];
        if (files.Length != stack.Slices.Count)
        {
            throw new DataException($"{folder}: {Words.Count(files.Length, "mask", "masks")} for "
                + $"{Words.Count(stack.Slices.Count, "slice", "slices")}. Each slice has one; unpack the "
                + "archive again.");
        }

        var seen = new bool[stack.Slices.Count];
        var mask = new RegionMask(stack);
        foreach (IDicomFile file in files)
        {
            int slice = SliceOf(file, stack);
            if (slice < 0 || seen[slice])
            {
                throw new DataException($"{file.Path}: a mask {(slice < 0 ? "of no slice of the series" : "of a slice that has one")}, "
                    + "by place or name. Unpack the archive again.");
            }

            seen[slice] = true;
            Draw(file, stack.Slices[slice].Format, slice, mask);
        }

        return mask;
    }

    private static void Draw(IDicomFile file, PixelFormat wanted, int slice, RegionMask mask)
    {
        PixelFormat format = file.ReadFormat();
        if ((format.Rows, format.Columns, format.Frames) != (wanted.Rows, wanted.Columns, 1))
        {
            throw new DataException($"{file.Path}: a mask of {format.Rows} x {format.Columns} pixels, its slice has {wanted.Rows} x "
                + $"{wanted.Columns}.");
        }

        var stored = new int[format.Pixels];
        file.ReadFrame(format, 0, stored);
        for (int i = 0; i < stored.Length; i++)
        {
            if (stored[i] == 0)
                continue;
            mask.Mark(slice, i / format.Columns, i % format.Columns, RegionMask.Inside);
            mask.IsAnnotated = true;
        }
    }

    private static int SliceOf(IDicomFile mask, CtStack stack)
    {
        double[] place = mask.Dataset.Numbers(DicomTags.ImagePositionPatient);
        if (place.Length != 3)
        {
            string name = Path.GetFileName(mask.Path);
            return stack.Slices.Index().Where(slice => Path.GetFileName(slice.Item.File.Path) == name).Select(slice => slice.Index)
                .FirstOrDefault(-1);
        }

        return stack.Slices.Index().Where(slice => slice.Item.Position.Zip(place)
            .All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance))
            .Select(slice => slice.Index).FirstOrDefault(-1);
    }

    private static bool IsCase(string folder) => Directory.Exists(In(folder, Images)) && Organs(folder).Length > 0;

    /// <summary>A folder of the archive, which may lie in one of its own name.</summary>
    private static string In(string folder, string name)
    {
        string path = Path.Combine(folder, name), deeper = Path.Combine(path, name);
        return Directory.Exists(deeper) ? deeper : path;
    }

    private static string[] Organs(string folder) => In(folder, Masks) is var path && Directory.Exists(path)
        ? [.. Directory.GetDirectories(path).Where(organ => Files(organ).Any()).Order(StringComparer.Ordinal)]
        : [];

    private static IEnumerable<string> Files(string folder) => FolderFiles.Below([folder]).Select(each => each.Path);

    private static SourceRegion Region(string folder) => new(Path.GetFileName(folder));
}
