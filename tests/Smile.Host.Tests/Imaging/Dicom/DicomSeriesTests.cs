using Smile.Host.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class DicomSeriesTests : DicomFolder
{
    [Fact]
    public void Slices_are_ordered_by_position_and_lie_in_RAS()
    {
        // Named and stored in no order; the step of 2.5 mm is nowhere but in the positions.
        double[] z = [35, 30, 32.5];
        for (int n = 0; n < 3; n++)
            Save($"{n}", Slice(z[n], n).File());
        Volume volume = Read();
        // x and y run to the left and to the back in DICOM: RAS turns both round.
        Assert.Equal((3, 3, 4), (volume.Geometry.Depth, volume.Geometry.Height, volume.Geometry.Width));
        Close([0.75, 0, 0, 10 - 3 * 0.75, 0, 0.5, 0, 20 - 2 * 0.5, 0, 0, 2.5, 30], volume.Geometry.Affine, 1e-12);
        int[] expected = [.. new[] { 1, 2, 0 }.SelectMany(n => Slice(0, n).Stored.Reverse())];
        Assert.Equal([.. expected.Select(v => (float)v)], volume.Voxels);
    }

    [Fact]
    public void Sagittal_slices_become_axial_ones()
    {
        // Rows run to the back (y), columns down (-z): slices follow x.
        for (int n = 0; n < 2; n++)
            Save($"{n}",
                new CtImage { Orientation = [0, 1, 0, 0, 0, -1], Position = [5 + 2 * n, 6, 7], Pixels = [.. Enumerable.Range(100 * n, 12)] }
                .File());
        Volume volume = Read();
        Geometry geometry = volume.Geometry;
        Assert.Equal((3, 4, 2), (geometry.Depth, geometry.Height, geometry.Width));
        Assert.Equal((0.5, 0.75, 2), geometry.Spacing);
        // File voxel (column 1, row 2) of the slice at x = 7 lies at LPS (7, 6.75, 6), RAS (-7, -6.75, 6): index (0, 2, 0).
        Close([-7, -6 - 3 * 0.75, 6], [geometry.Affine[3], geometry.Affine[7], geometry.Affine[11]], 1e-12);
        Assert.Equal(100 + 2 * 4 + 1, volume.Voxels[2 * 2]);
    }

    [Fact]
    public void Each_slice_has_its_own_rescale_and_padding_is_air()
    {
        Save("a", new CtImage { Rows = 1, Pixels = [0, 100, -2000, 7], Padding = -2000, Intercept = -1024 }.File());
        Save("b", new CtImage { Rows = 1, Pixels = [0, 100, -2000, 7], Slope = 0.5, Intercept = 10, Position = [-10, -20, 31] }.File());
        // The padding value is written unsigned, 63536; the pixels' sign counts.
        Assert.Equal([-1017, -1024, -924, -1024, 13.5f, -990, 60, 10], Read().Voxels);
    }

    [Theory]
    [InlineData(1e30, 0)]
    [InlineData(1, 1e39)]
    public void A_rescale_that_leaves_the_numbers_is_refused(double slope, double intercept)
    {
        Save("a", new CtImage { Slope = slope, Intercept = intercept }.File());
        Refused(() => Read(), "RescaleSlope", "no HU come of that");
    }

    /// <summary>Rows of every length about the width of a vector; slopes that float32 takes at once and one that it cannot.</summary>
    [Theory]
    [InlineData(1, -1024)]
    [InlineData(2, 7)]
    [InlineData(0.1, -8192.5)]
    [InlineData(1000, 0)]
    public void Rescale_is_right_for_every_row_length(double slope, double intercept)
    {
        for (int columns = 1; columns < 38; columns++)
        {
            var image = new CtImage
            {
                Rows = 1,
                Columns = columns,
                Slope = slope,
                Intercept = intercept,
                Pixels = [.. Enumerable.Range(0, columns).Select(i => 1771 * i - 32768)],
            };
            CtSlice slice = CtSlice.Of(DicomFile.Open(Save("a", image.File())), []).Single();
            var hounsfield = new float[columns];
            slice.ToHounsfield(Pixels(slice.File), hounsfield);
            Assert.Equal([.. image.Stored.Select(v => (float)(slope * v + intercept))], hounsfield);
        }
    }

    [Fact]
    public void One_slice_takes_its_thickness_with_a_warning()
    {
        string path = Save("a", new CtImage().File());
        var warnings = new List<string>();
        var reader = new DicomVolumeReader(new NoOther(), warnings.Add);
        Assert.Equal(7, reader.ReadGeometry(path).Spacing.Z, 1e-12);
        Assert.Contains("one slice only", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Jitter_of_positions_passes()
    {
        double[] z = [0, 1.6001, 3.2, 4.7999, 6.4];
        for (int n = 0; n < z.Length; n++)
            Save($"{n}", Slice(z[n], n).File());
        Assert.Equal(1.6, Read().Geometry.Spacing.Z, 1e-9);
    }

    [Theory]
    [InlineData("0 5 10 20 25", "gaps", "10.00 mm from s2", "to s3")]
    [InlineData("0 5 10 10.001 15", "one position", "s2 and s3")]
    public void Gaps_and_twins_are_refused_by_name(string positions, params string[] parts)
    {
        double[] z = [.. positions.Split(' ').Select(double.Parse)];
        for (int n = 0; n < z.Length; n++)
            Save($"s{n}", Slice(z[n], n).File());
        Refused(() => Read(), [Folder, .. parts]);
    }

    [Fact]
    public void Tilt_is_refused_with_its_angle()
    {
        double tilt = Math.PI / 12;
        for (int n = 0; n < 3; n++)
            Save($"s{n}", new CtImage { Orientation = [1, 0, 0, 0, Math.Cos(tilt), -Math.Sin(tilt)], Position = [0, 0, 5 * n] }.File());
        Refused(() => Read(), "gantry tilt", "15.0 degrees", "s0");
    }

    /// <summary>Cosines of three digits: 0.1 degrees, 0.4 mm over 200 mm. The positions count, for the affine and for contours.</summary>
    [Fact]
    public void Rounded_cosines_are_no_tilt()
    {
        for (int n = 0; n < 3; n++)
            Save($"s{n}", new CtImage { Orientation = [1, 0, 0, 0, 1, -0.002], Position = [0, 0, 100 * n] }.File());
        CtStack stack = DicomVolumeReader.CtSeries(Folder).ReadStack();
        Close([0, 0, 100], [stack.Geometry.Affine[2], stack.Geometry.Affine[6], stack.Geometry.Affine[10]], 1e-9);
        (double column, double row, double along) = stack.Locate([0.75, 0, 200]);
        Close([1, 0, 200], [column, row, along], 1e-3);
    }

    [Fact]
    public void Slices_that_differ_are_refused_by_name()
    {
        CtImage image = Slice(30, 0);
        Save("s0", Slice(27.5, 0).File());
        void With(CtImage other, params string[] parts)
        {
            Save("s1", other.File());
            Refused(() => Read(), [.. parts, "s1"]);
        }

        With(image with { Rows = 2 }, "3 rows x 4 columns", "2 x 4", "s0");
        With(image with { Spacing = [0.5, 0.8] }, "0.5 x 0.75 mm", "0.5 x 0.8 mm", "s0");
        With(image with { Orientation = [0, 1, 0, 0, 0, -1] }, "orientation", "s0");
        With(image with { Orientation = [1, 0, 0, 1, 0, 0] }, "perpendicular unit vectors");
        With(image with { Slope = 0 }, "RescaleSlope");
        With(image with { Spacing = [0, 1] }, "PixelSpacing", "above 0");
        // found by fuzzing: a SEG of it did not lie on it
        With(image with { Spacing = [1.5e-36, 6.8e-7] }, "PixelSpacing", "1.5E-36 x 6.8E-07 mm");
        With(image with { Spacing = [0.5, 1e5] }, "PixelSpacing", "above 10000 mm");
        With(image with { Position = [0, -2e6, 0] }, "ImagePositionPatient", "no scanner reaches");
    }

    [Fact]
    public void Enhanced_CT_takes_place_and_rescale_from_its_groups()
    {
        CtImage image = new() { Rows = 1, Columns = 2, Pixels = [1, 2] };
        DicomBuilder New() => new();
        DicomBuilder Frame(double z, double intercept) => New()
            .Sequence(DicomTags.CTImageFrameTypeSequence, true, New().Text(DicomTags.FrameType, "CS", @"ORIGINAL\PRIMARY\VOLUME\NONE"))
            .Sequence(DicomTags.PlanePositionSequence, true, New().Numbers(DicomTags.ImagePositionPatient, "DS", 1, 2, z))
            .Sequence(DicomTags.PixelValueTransformationSequence, true,
                New().Numbers(DicomTags.RescaleIntercept, "DS", intercept).Numbers(DicomTags.RescaleSlope, "DS", 2));
        DicomBuilder shared = New()
            .Sequence(DicomTags.PlaneOrientationSequence, false, New().Numbers(DicomTags.ImageOrientationPatient, "DS", 1, 0, 0, 0, 1, 0))
            .Sequence(DicomTags.PixelMeasuresSequence, false, New().Numbers(DicomTags.PixelSpacing, "DS", 3, 4));
        DicomBuilder file = image.Header(DicomBuilder.Explicit)
            .Text(DicomTags.NumberOfFrames, "IS", "3")
            .Sequence(DicomTags.SharedFunctionalGroupsSequence, false, shared)
            .Sequence(DicomTags.PerFrameFunctionalGroupsSequence, true, Frame(20, 0), Frame(10, 100), Frame(15, 200));
        Save("enhanced", file.Raw(DicomTags.PixelData, "OW", file.Words([1, 2, 3, 4, 5, 6])).File(DicomBuilder.Explicit));
        Volume volume = Read();
        Assert.Equal([108, 106, 212, 210, 4, 2], volume.Voxels);
        Close([4, 0, 0, -5, 0, 3, 0, -2, 0, 0, 5, 10], volume.Geometry.Affine, 1e-12);
    }

    [Fact]
    public void A_folder_is_searched_for_its_one_CT_series()
    {
        Save("notes.txt", "Patient seen"u8.ToArray());
        Save("a", Slice(30, 0).File());
        Save("b", Slice(35, 1).File());
        Save("scout", (Slice(0, 0) with { Series = "9.9", ImageType = @"ORIGINAL\PRIMARY\LOCALIZER" }).File());
        Save("dose", (Slice(0, 0) with { Series = "9.8", Modality = "SR" }).File());
        Assert.Equal(["1.2.3", "9.8", "9.9"], DicomSeries.Find(Folder).Select(series => series.Uid));
        Assert.Equal(2, Read().Geometry.Depth);

        Save("c", (Slice(0, 0) with { Series = "4.5" }).File());
        Refused(() => Read(), "2 CT series", "1.2.3: CT, 2 files, 'Abdomen'", "4.5");
        foreach (string name in (string[])["a", "b", "c"])
            File.Delete(Path.Combine(Folder, name));
        Refused(() => Read(), "no CT series", "9.8: SR");
        File.Delete(Path.Combine(Folder, "scout"));
        File.Delete(Path.Combine(Folder, "dose"));
        Refused(() => Read(), "no DICOM file");
        Refused(() => DicomSeries.Find(Path.Combine(Folder, "absent")), "cannot be read");
    }

    [Fact]
    public void Other_files_go_to_the_other_reader_and_label_maps_are_no_DICOM()
    {
        var reader = new DicomVolumeReader(new NoOther());
        string nifti = Save("a.nii", [0x5C, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]), dicom = Save("b", Slice(30, 0).File());
        Refused(() => reader.ReadVolume(nifti), "other reader: " + nifti);
        Refused(() => reader.ReadLabels(nifti), "other reader: " + nifti);
        Refused(() => reader.ReadGeometry(Path.Combine(Folder, "absent")), "other reader: ");
        Refused(() => reader.ReadLabels(dicom), "label map is wanted");
        Assert.Equal(1, reader.ReadVolume(dicom).Geometry.Depth);
    }

    [Fact]
    public void A_damaged_file_of_a_folder_is_named()
    {
        Save("a", Slice(30, 0).File());
        Save("b", Slice(35, 0).File()[..^2]);
        Refused(() => Read(), "b: ", "truncated");
    }

    [Fact]
    public void A_link_to_nothing_is_a_damaged_file_and_ends_nothing()
    {
        Save("a", Slice(30, 0).File());
        File.CreateSymbolicLink(Path.Combine(Folder, "0"), Path.Combine(Folder, "nowhere"));
        var damaged = new List<string>();
        Assert.Single(Assert.Single(DicomSeries.Find([Folder], damaged, null)).Files);
        Assert.StartsWith(Path.Combine(Folder, "0") + ": cannot be read", Assert.Single(damaged), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_files_the_one_that_failed_is_named_whatever_it_failed_of()
    {
        foreach ((string name, double z) in new[] { ("a", 30), ("b", 35), ("c", 40) })
            Save(name, Slice(z, 0).File());
        foreach (Exception cause in new Exception[] { new IOException("gone"), new UnauthorizedAccessException("gone"),
            new InsufficientMemoryException("gone"), new NotSupportedException("gone") })
        {
            var series = new DicomSeries("1", Folder,
                [DicomFile.Open(At("a")), new Failing(DicomFile.Open(At("b")), cause), DicomFile.Open(At("c"))]);
            Exception e = Assert.ThrowsAny<Exception>(() => series.ReadVolume());
            Assert.StartsWith(At("b") + ": ", e.Message, StringComparison.Ordinal);
            Assert.Same(cause, e.InnerException);
            Assert.Equal(cause is OutOfMemoryException, e is OutOfMemoryException);
            Assert.Equal(cause is IOException or UnauthorizedAccessException, e is DataException);
        }
    }

    private string At(string name) => Path.Combine(Folder, name);

    /// <summary>A file whose pixels cannot be read.</summary>
    private sealed class Failing(IDicomFile file, Exception e) : IDicomFile
    {
        public string Path => file.Path;

        public DicomTransferSyntax TransferSyntax => file.TransferSyntax;

        public IDicomDataset Dataset => file.Dataset;

        public IReadOnlyList<string> Warnings => file.Warnings;

        public PixelFormat ReadFormat() => file.ReadFormat();

        public void ReadFrame(PixelFormat format, int frame, Span<int> stored) => throw e;
    }

    private static CtImage Slice(double z, int n) =>
        new() { Position = [-10, -20, z], Pixels = [.. Enumerable.Range(0, 12).Select(i => 100 * n + i)] };

    private Volume Read() => new DicomVolumeReader(new NoOther()).ReadVolume(Folder);

    private sealed class NoOther : IVolumeReader
    {
        public Volume ReadVolume(string path) => throw new DataException("other reader: " + path);

        public LabelMap ReadLabels(string path) => throw new DataException("other reader: " + path);

        public Geometry ReadGeometry(string path) => throw new DataException("other reader: " + path);
    }
}
