using System.Numerics;
using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>One axial or oblique CT image: a single-frame file, or one frame of an Enhanced CT file.</summary>
/// <param name="File">Where it is.</param>
/// <param name="Frame">Its frame there, from 0.</param>
/// <param name="Format">How its pixels are stored.</param>
/// <param name="Position">Centre of the first pixel, mm, LPS.</param>
/// <param name="Orientation">Direction of a row (x, y, z), then of a column, LPS.</param>
/// <param name="Spacing">mm from row to row, then from column to column.</param>
/// <param name="Thickness">Slice thickness in mm; it is no distance between slices. Null where absent.</param>
/// <param name="Rescale">HU = Slope * stored + Intercept.</param>
/// <param name="Padding">Stored values that mark pixels outside the image; null where none do.</param>
internal sealed record CtSlice(
    IDicomFile File, int Frame, PixelFormat Format, double[] Position, double[] Orientation, double[] Spacing, double? Thickness,
    (double Slope, double Intercept) Rescale, (int Low, int High)? Padding)
{
    /// <summary>What pixels outside the image become: air, in HU.</summary>
    public const float Air = -1024;

    /// <summary>How far from the origin anything may lie, in mm.</summary>
    public const double Farthest = 1e6;

    /// <summary>
    /// Of pixels, in mm: beyond them, as beyond <see cref="Farthest"/>, a header is damaged, and what is written of the series would not be
    /// found on it again.
    /// </summary>
    private const double Smallest = 1e-4, Largest = 1e4;

    /// <summary>What tells the acquisitions of a series apart.</summary>
    public required SliceOrigin Origin { get; init; }

    /// <summary>False where the file gives no rescale, and 1 and 0 stand in its place.</summary>
    public required bool HasRescale { get; init; }

    /// <summary>How messages about a folder name it.</summary>
    public string NameIn(string folder)
    {
        string path = System.IO.Path.GetRelativePath(folder, File.Path);
        string name = path == "." || path.StartsWith("..", StringComparison.Ordinal) ? System.IO.Path.GetFileName(File.Path) : path;
        return name + (Format.Frames > 1 ? $" frame {Frame + 1}" : "");
    }

    /// <summary>The slices of a file, in its order; frames that are localisers are left out where others are not.</summary>
    /// <param name="file">Its path begins what is said of it.</param>
    /// <param name="warnings">Hears what is odd.</param>
    /// <exception cref="DataException">No CT image, a localiser, or a header that does not say where it lies.</exception>
    public static IReadOnlyList<CtSlice> Of(IDicomFile file, List<string> warnings) => Of(file, CtContent.WhyNone(file), warnings);

    /// <summary>As above, where it is known why the file holds none.</summary>
    public static IReadOnlyList<CtSlice> Of(IDicomFile file, NoSlices? none, List<string> warnings)
    {
        IDicomDataset set = file.Dataset;
        if (none is not null)
            throw set.Bad(none.Tag, none.Problem);
        if (CtContent.ModalityOf(set).Length == 0)
            warnings.Add($"{file.Path}: {DicomTags.Modality} is missing; CT is assumed.");
        PixelFormat format = file.ReadFormat();
        if (set.Text(DicomTags.PhotometricInterpretation) is not ("MONOCHROME1" or "MONOCHROME2" or "") and var photometric)
            throw set.Bad(DicomTags.PhotometricInterpretation, $"'{photometric}'; a CT is MONOCHROME2. This is a colour image.");
        if (set.Items(DicomTags.ModalityLUTSequence).Count > 0)
            throw set.Bad(DicomTags.ModalityLUTSequence, "its HU come from a table, which is not read here. Export the image with rescale "
                + "slope and intercept.");
        if (file.TransferSyntax.Lossy || set.Text(DicomTags.LossyImageCompression) == "01")
            warnings.Add($"{file.Path}: {DicomTags.LossyImageCompression}: the image was compressed with loss; its HU are not exact.");

        IReadOnlyList<FunctionalGroups> frames = FunctionalGroups.Of(set, format.Frames);
        bool[] scouts = [.. frames.Select(IsLocaliser)];
        int scout = Array.IndexOf(scouts, true);
        if (scout >= 0 && scouts.Contains(false))
            warnings.Add($"{file.Path}: "
                + $"{Words.Of(scouts.Count(each => each), frames.Count, "frame", "frames", "is a localiser", "are localisers")} (scout), "
                + "left out.");
        else if (scout >= 0)
            throw set.Bad(DicomTags.FrameType, "a localiser (scout), no slice of the volume. Take it out of the series.");
        return [.. frames.Index().Where(frame => !scouts[frame.Index]).Select(frame => Read(file, format, frame.Index, frame.Item,
            warnings))];

        static bool IsLocaliser(FunctionalGroups groups) =>
            groups.Find(DicomTags.CTImageFrameTypeSequence, DicomTags.FrameType).Texts(DicomTags.FrameType).Contains("LOCALIZER");
    }

    /// <summary>Turns stored values into HU; those that mark pixels outside the image become air.</summary>
    public void ToHounsfield(ReadOnlySpan<int> stored, Span<float> hounsfield)
    {
        (double slope, double intercept) = Rescale;
        int i = 0;
        // With whole numbers of this size float32 is exact, and takes many pixels at once.
        if (slope == Math.Floor(slope) && intercept == Math.Floor(intercept) && Math.Abs(slope) <= 64 && Math.Abs(intercept) <= 1 << 20)
        {
            var (scale, shift) = (new Vector<float>((float)slope), new Vector<float>((float)intercept));
            for (; i <= hounsfield.Length - Vector<int>.Count; i += Vector<int>.Count)
                (Vector.ConvertToSingle(new Vector<int>(stored[i..])) * scale + shift).CopyTo(hounsfield[i..]);
        }

        for (; i < hounsfield.Length; i++)
            hounsfield[i] = (float)(slope * stored[i] + intercept);
        if (Padding is not { } padding)
            return;
        for (i = 0; i < hounsfield.Length; i++)
        {
            if (stored[i] >= padding.Low && stored[i] <= padding.High)
                hounsfield[i] = Air;
        }
    }

    private static CtSlice Read(IDicomFile file, PixelFormat format, int frame, FunctionalGroups groups, List<string> warnings)
    {
        IDicomDataset type = groups.Find(DicomTags.CTImageFrameTypeSequence, DicomTags.FrameType);
        IDicomDataset measures = groups.Find(DicomTags.PixelMeasuresSequence, DicomTags.PixelSpacing);
        double[] spacing = measures.Vector(DicomTags.PixelSpacing, 2);
        if (!(spacing.Min() >= Smallest && spacing.Max() <= Largest))
            throw measures.Bad(DicomTags.PixelSpacing, $"{spacing[0]} x {spacing[1]} mm; both must be above 0, "
                + $"and no pixel's is below {Smallest} or above {Largest} mm. Correct the header.");
        double? thickness = measures.Number(DicomTags.SliceThickness) is >= Smallest and <= Largest and var given ? given : null;

        IDicomDataset plane = groups.Find(DicomTags.PlaneOrientationSequence, DicomTags.ImageOrientationPatient);
        double[] orientation = plane.Vector(DicomTags.ImageOrientationPatient, 6);
        if (!PatientAxes.ArePerpendicularUnits(orientation))
            throw plane.Bad(DicomTags.ImageOrientationPatient,
                $"{string.Join('\\', orientation)}: not two perpendicular unit vectors. Correct the header.");
        IDicomDataset place = groups.Find(DicomTags.PlanePositionSequence, DicomTags.ImagePositionPatient);
        double[] position = place.Vector(DicomTags.ImagePositionPatient, 3);
        if (!(position.Max(Math.Abs) <= Farthest))
            throw place.Bad(DicomTags.ImagePositionPatient,
                $"{string.Join('\\', position)} mm; no scanner reaches {Farthest} mm. Correct the header.");

        IDicomDataset rescale = groups.Find(DicomTags.PixelValueTransformationSequence, DicomTags.RescaleSlope);
        (double? slope, double? intercept) = (rescale.Number(DicomTags.RescaleSlope), rescale.Number(DicomTags.RescaleIntercept));
        if (slope is null || intercept is null)
            warnings.Add($"{file.Path}: {DicomTags.RescaleSlope} or {DicomTags.RescaleIntercept} is missing; 1 and 0 are assumed: "
                + "are these HU?");
        if (slope == 0)
            throw rescale.Bad(DicomTags.RescaleSlope, "0; all pixels would be alike. Correct the header.");
        // The largest stored value has 32 bits.
        if (!(Math.Abs(slope ?? 1) * uint.MaxValue + Math.Abs(intercept ?? 0) <= float.MaxValue))
            throw rescale.Bad(DicomTags.RescaleSlope, $"{slope} with {DicomTags.RescaleIntercept} {intercept}: no HU come of that. "
                + "Correct the header.");
        string unit = rescale.Text(DicomTags.RescaleType);
        if (CtContent.WhyNoHounsfield(unit, type.Texts(type == file.Dataset ? DicomTags.ImageType : DicomTags.FrameType)) is { } other)
            throw rescale.Bad(DicomTags.RescaleType, $"{other}. Give the series that it was computed from.");
        if (unit is not ("HU" or ""))
            warnings.Add($"{file.Path}: {DicomTags.RescaleType}: '{unit}'; HU is assumed.");
        return new CtSlice(file, frame, format, position, orientation, spacing, thickness, (slope ?? 1, intercept ?? 0),
            ReadPadding(file.Dataset, format))
        {
            Origin = SliceOrigin.Read(file.Dataset, groups, type, format.Frames > 1),
            HasRescale = slope is not null && intercept is not null,
        };
    }

    /// <summary>Padding value and range limit may be written signed or unsigned; the pixels' own sign counts.</summary>
    private static (int Low, int High)? ReadPadding(IDicomDataset set, PixelFormat format)
    {
        int? Value(DicomTag tag) => set.Number(tag) is { } value
            ? format.IsSigned ? unchecked((short)(int)value) : unchecked((ushort)(int)value)
            : null;
        return Value(DicomTags.PixelPaddingValue) is not { } padding ? null
            : Value(DicomTags.PixelPaddingRangeLimit) is { } limit ? (Math.Min(padding, limit), Math.Max(padding, limit))
            : (padding, padding);
    }
}
