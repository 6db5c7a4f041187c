using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>What calls itself CT and is no volume in HU.</summary>
public sealed class CtContentTests : DicomFolder
{
    [Theory]
    [InlineData(@"DERIVED\PRIMARY\AXIAL\CT_PERFUSION", "", "", "map (PERFUSION)", "ImageType")]
    [InlineData(@"DERIVED\SECONDARY\AXIAL\CBF", "HU", "", "map (CBF)", "ImageType")]
    [InlineData(@"DERIVED\SECONDARY\PROJECTION IMAGE", "HU", "", "map (PROJECTION)", "ImageType")]
    [InlineData(@"DERIVED\PRIMARY\VOLUME\MAXIMUM", "HU", "", "map (MAXIMUM)", "ImageType")]
    [InlineData(@"DERIVED\SECONDARY\OTHER", "", "Iodine map 120 kV", "map (IODINE)", "SeriesDescription")]
    [InlineData(@"DERIVED\SECONDARY", "HU", "Thorax MIP 8.0", "map (MIP)", "SeriesDescription")]
    [InlineData(@"DERIVED\PRIMARY\AXIAL", "US", "", "map (Rescale Type US)", "RescaleType")]
    [InlineData(@"DERIVED\PRIMARY", "US", "", "map (Rescale Type US)", "RescaleType")]
    [InlineData(@"ORIGINAL\PRIMARY\AXIAL", "MGML", "", "map (Rescale Type MGML)", "RescaleType")]
    [InlineData(@"ORIGINAL\PRIMARY\AXIAL", "Z_EFF", "", "map (Rescale Type Z_EFF)", "RescaleType")]
    public void Maps_and_projections_are_refused_with_the_reason(string type, string unit, string description, string kind, string tag)
    {
        CtImage image = new() { ImageType = type, Extra = Extra(unit, description) };
        Save("0", image.File());
        Save("1", (image with { Position = [-10, -20, 35] }).File());
        Refused(() => DicomVolumeReader.CtSeries(Folder), "no CT series that makes a volume", $"({kind})");
        Refused(() => Assert.Single(DicomSeries.Find(Folder)).ReadStack(), tag, "Give the series that it was computed from");
        // Beside a CT of its own it leaves that alone; among its slices it is refused.
        Save("ct", (new CtImage { Series = "7" }).File());
        Assert.Equal("7", DicomVolumeReader.CtSeries(Folder).Uid);
        Save("2", new CtImage { Position = [-10, -20, 40] }.File());
        Refused(() => DicomVolumeReader.CtSeries(Folder, "1.2.3").ReadStack(), tag);
    }

    [Theory]
    [InlineData(@"ORIGINAL\PRIMARY\AXIAL\CT_SOM5 SPI", "HU", "Perfusion 5.0 B30f", "")]
    [InlineData(@"DERIVED\SECONDARY\MPR", "", "Abdomen MPR", "")]
    [InlineData(@"DERIVED\PRIMARY\AXIAL\AVERAGE", "HU", "", "")]
    [InlineData(@"ORIGINAL\PRIMARY\AXIAL\PERFUSION", "HU", "", "")]
    [InlineData(@"ORIGINAL\PRIMARY\AXIAL", "US", "", "'US'; HU is assumed")]
    [InlineData(@"DERIVED\SECONDARY", "US", "", "'US'; HU is assumed")]
    [InlineData(@"DERIVED\PRIMARY\AXIAL", "HU_MOD", "", "'HU_MOD'; HU is assumed")]
    public void Reformats_and_originals_are_CT(string type, string unit, string description, string warning)
    {
        Save("0", new CtImage { ImageType = type, Extra = Extra(unit, description) }.File());
        Save("1", new CtImage { ImageType = type, Extra = Extra(unit, description), Position = [-10, -20, 35] }.File());
        var warnings = new List<string>();
        Assert.Equal(2, DicomVolumeReader.CtSeries(Folder).ReadStack(warnings.Add).Slices.Count);
        Assert.Equal(warning.Length > 0 ? 1 : 0, warnings.Count(heard => heard.Contains(warning.Length > 0 ? warning : "RescaleType",
            StringComparison.Ordinal)));
    }

    [Fact]
    public void Secondary_captures_and_masks_of_8_bits_are_refused_with_the_reason()
    {
        Save("0", new CtImage { SopClass = "1.2.840.10008.5.1.4.1.1.7" }.File());
        Refused(() => DicomVolumeReader.CtSeries(Folder), "(secondary capture)");
        Refused(() => Assert.Single(DicomSeries.Find(Folder)).ReadStack(), "SOPClassUID (0008,0016)", "nothing says that its numbers "
            + "are HU");
        Save("0", new CtImage { SopClass = "1.2.840.10008.5.1.4.1.1.7.2" }.File());
        Refused(() => DicomVolumeReader.CtSeries(Folder), "(secondary capture)");
        Save("0", new CtImage { Bits = 8, BitsStored = 8, Signed = false, Pixels = new int[12] }.File());
        Refused(() => DicomVolumeReader.CtSeries(Folder), "(8 bits a pixel)");
        Refused(() => Assert.Single(DicomSeries.Find(Folder)).ReadStack(), "BitsStored (0028,0101)", "8: CT has 12 or more");
        Save("0", new CtImage { BitsStored = 1, Signed = false, Pixels = new int[12] }.File());
        Refused(() => DicomVolumeReader.CtSeries(Folder), "(8 bits a pixel)");
        Save("0", new CtImage { Modality = "MR" }.File());
        Refused(() => DicomVolumeReader.CtSeries(Folder), "1.2.3: MR, 1 file", "(MR)");
        Refused(() => Assert.Single(DicomSeries.Find(Folder)).ReadStack(), "Modality (0008,0060)", "'MR'", "only CT");
    }

    [Fact]
    public void Scouts_and_pictures_inside_a_series_are_left_out_with_a_note()
    {
        for (int k = 0; k < 3; k++)
            Save($"{k}", new CtImage { Position = [-10, -20, 5 * k] }.File());
        Save("scout", new CtImage
        {
            ImageType = @"ORIGINAL\PRIMARY\LOCALIZER",
            Rows = 6,
            Columns = 2,
            Orientation = [1, 0, 0, 0, 0,
            -1]
        }.File());
        Save("scout2", new CtImage { ImageType = @"ORIGINAL\PRIMARY\LOCALIZER", Position = [-10, -20, 7] }.File());
        Save("dose", new DicomBuilder().Text(DicomTags.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.7").Text(DicomTags.Modality, "CS", "CT")
            .Text(DicomTags.SeriesInstanceUID, "UI", "1.2.3").File(DicomBuilder.Explicit));
        var warnings = new List<string>();
        Assert.Equal(3, DicomVolumeReader.CtSeries(Folder).ReadStack(warnings.Add).Slices.Count);
        Assert.Equal(2, warnings.Count);
        Assert.Contains("2 files of the series are no slice of it and left out: localiser.", string.Join('\n', warnings),
            StringComparison.Ordinal);
        Assert.Contains("1 file of the series is no slice of it and left out: picture of the console.", string.Join('\n', warnings),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_slice_without_rescale_among_others_is_refused()
    {
        for (int k = 0; k < 3; k++)
            Save($"{k}", new CtImage { Position = [-10, -20, 5 * k], Rescaled = k != 1, Intercept = -1024 }.File());
        Refused(() => DicomVolumeReader.CtSeries(Folder).ReadStack(), "1 has no RescaleSlope (0028,1053) or RescaleIntercept "
            + "(0028,1052), 0 has both");
        for (int k = 0; k < 3; k++)
            Save($"{k}", new CtImage { Position = [-10, -20, 5 * k], Rescaled = k == 2 }.File());
        Refused(() => DicomVolumeReader.CtSeries(Folder).ReadStack(), "0 has no RescaleSlope", "2 has both");
        Save("2", new CtImage { Position = [-10, -20, 10], Rescaled = false }.File());
        var warnings = new List<string>();
        DicomVolumeReader.CtSeries(Folder).ReadStack(warnings.Add);
        Assert.Contains("1 and 0 are assumed: are these HU? (and 2 more files alike)", Assert.Single(warnings), StringComparison.Ordinal);
    }

    private static (DicomTag, string)[] Extra(string unit, string description) =>
        [.. unit.Length > 0 ? [(DicomTags.RescaleType, unit)] : Array.Empty<(DicomTag, string)>(), (DicomTags.SeriesDescription,
            description)];
}
