using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>What belongs together, and what only says so.</summary>
public sealed class SeriesGroupingTests : DicomFolder
{
    [Fact]
    public void Two_patients_under_one_UID_are_two_series()
    {
        Slices("a", 0, 3, (DicomTags.PatientID, "A"), (DicomTags.StudyInstanceUID, "1.1"), (DicomTags.FrameOfReferenceUID, "2.1"));
        Slices("b", 3, 3, (DicomTags.PatientID, "B"), (DicomTags.StudyInstanceUID, "1.2"), (DicomTags.FrameOfReferenceUID, "2.2"));
        IReadOnlyList<DicomSeries> found = DicomSeries.Find(Folder);
        Assert.Equal(["1.2.3#1", "1.2.3#2"], found.Select(series => series.Id));
        Assert.All(found, series => Assert.Equal(3, series.ReadStack().Slices.Count));
        Assert.All(found, series => Assert.Contains("2 patients, 2 studies, 2 frames of reference: they were taken apart",
            Assert.Single(Heard(series)), StringComparison.Ordinal));
        Assert.Equal(3, DicomVolumeReader.CtSeries(Folder, "1.2.3#2").ReadStack().Slices.Count);
        Refused(() => DicomVolumeReader.CtSeries(Folder, "1.2.3"), "several CT series have the UID 1.2.3", "1.2.3#1: CT, 3 files");
    }

    [Theory]
    [InlineData(0x0010, 0x0020, "patients")]
    [InlineData(0x0010, 0x0010, "patients")]
    [InlineData(0x0020, 0x000D, "studies")]
    [InlineData(0x0020, 0x0052, "frames of reference")]
    public void Each_by_itself_takes_a_series_apart(int group, int element, string noun)
    {
        var tag = new DicomTag((ushort)group, (ushort)element);
        Slices("a", 0, 2, (tag, "1.5"));
        Slices("b", 2, 2, (tag, "1.6"));
        IReadOnlyList<DicomSeries> found = DicomSeries.Find(Folder);
        Assert.Equal(2, found.Count);
        Assert.Contains($"stood for 2 {noun}", Heard(found[0])[0], StringComparison.Ordinal);
    }

    [Fact]
    public void One_ID_of_two_issuers_is_two_patients()
    {
        Slices("a", 0, 2, (DicomTags.PatientID, "7"), (DicomTags.IssuerOfPatientID, "North"));
        Slices("b", 2, 2, (DicomTags.PatientID, "7"), (DicomTags.IssuerOfPatientID, "South"));
        Assert.Equal(2, DicomSeries.Find(Folder).Count);
    }

    /// <summary>A file that does not say may be of either, and one image by itself is no volume: both are left to a person.</summary>
    [Fact]
    public void What_cannot_be_told_apart_is_refused_with_both_named()
    {
        Slices("a", 0, 3, (DicomTags.FrameOfReferenceUID, "2.1"));
        Slices("b", 3, 1, (DicomTags.FrameOfReferenceUID, "2.2"));
        Refused(() => Only().ReadStack(), "2 frames of reference", "FrameOfReferenceUID (0020,0052) of a0 (2.1) is not that of b3 (2.2)",
            Folder);
        Slices("b", 3, 2, (DicomTags.FrameOfReferenceUID, "2.2"));
        Slices("c", 6, 1);
        Refused(() => Only().ReadStack(), "2 frames of reference");
        File.Delete(Path.Combine(Folder, "b3"));
        File.Delete(Path.Combine(Folder, "b4"));
        Slices("c", 3, 1);
        File.Delete(Path.Combine(Folder, "c6"));
        Assert.Equal(4, Only().ReadStack().Slices.Count); // one that does not say goes with the others
    }

    [Fact]
    public void A_patients_ID_is_not_repeated()
    {
        Slices("a", 0, 1, (DicomTags.PatientID, "Smith-77"));
        Slices("b", 1, 1, (DicomTags.PatientID, "Jones-88"));
        string message = Assert.Throws<Smile.Net.DataException>(() => Only().ReadStack()).Message;
        Assert.Contains("PatientID (0010,0020) of a0 is not that of b1", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Jones", message, StringComparison.Ordinal);
    }

    /// <summary>As in a series of rt-utils: the anonymiser made a study of each file.</summary>
    [Fact]
    public void A_study_for_each_file_is_an_anonymisers_and_passed_over()
    {
        for (int n = 0; n < 3; n++)
            Slices("a", n, 1, (DicomTags.StudyInstanceUID, $"1.{n}"));
        Assert.Equal(3, Only().ReadStack().Slices.Count);
        Assert.Contains("every file has a StudyInstanceUID (0020,000D) of its own", Heard(Only())[0], StringComparison.Ordinal);
        for (int n = 0; n < 3; n++)
            Slices("a", n, 1, (DicomTags.PatientID, $"1.{n}"));
        Refused(() => Only().ReadStack(), "3 patients");
    }

    [Theory]
    [InlineData("0_rs")]
    [InlineData("z_rs")]
    public void Outlines_and_MR_with_the_series_UID_leave_the_CT_as_it_is(string name)
    {
        Slices("ct", 0, 3);
        Save(name, new DicomBuilder().Text(DicomTags.Modality, "CS", "RTSTRUCT").Text(DicomTags.SeriesInstanceUID, "UI", "1.2.3")
            .File(DicomBuilder.Explicit));
        Save("mr", (Image(1) with { Modality = "MR" }).File());
        DicomSeries ct = DicomVolumeReader.CtSeries(Folder);
        Assert.Equal(3, ct.ReadStack().Slices.Count);
        Assert.Contains("other modalities have its Series Instance UID too (", Assert.Single(Heard(ct)), StringComparison.Ordinal);
        Assert.Contains("RTSTRUCT", Heard(ct)[0], StringComparison.Ordinal);
        Assert.Equal(["CT", "MR", "RTSTRUCT"], DicomSeries.Find(Folder).Select(series => series.Modality).Order());
    }

    /// <summary>A file whose modality is left out is what its SOP class says.</summary>
    [Fact]
    public void Without_a_modality_the_SOP_class_tells()
    {
        Slices("ct", 0, 2);
        Save("none", (Image(2) with { Modality = "" }).File());
        Save("rt", new DicomBuilder().Text(DicomTags.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.481.3").Text(DicomTags.SeriesInstanceUID,
            "UI", "1.2.3").File(DicomBuilder.Explicit));
        Assert.Equal(3, DicomVolumeReader.CtSeries(Folder).ReadStack().Slices.Count);
    }

    [Fact]
    public void Without_a_UID_folder_number_orientation_and_size_tell_series_apart()
    {
        CtImage bare = Image(0) with { Series = "" };
        void Write(string name, CtImage image) => Save(name, image.File());
        for (int n = 0; n < 3; n++)
        {
            CtImage here = bare with { Position = [0, 0, 5 * n] };
            Write($"a/one{n}", here with { Extra = [(DicomTags.SeriesNumber, "1")] });
            Write($"a/two{n}", here with { Extra = [(DicomTags.SeriesNumber, "2")] });
            Write($"a/wide{n}", here with { Columns = 2, Rows = 6, Extra = [(DicomTags.SeriesNumber, "1")] });
            Write($"a/rounded{n + 3}", here with
            {
                Position = [0, 0, 5 * (n + 3)],
                Orientation = [0.9999999, 0, 0, 0, 1, -0.0000001],
                Extra = [(DicomTags.SeriesNumber, "1")]
            });
            Write($"b/other{n}", here with { Extra = [(DicomTags.SeriesNumber, "1")] });
        }

        Write("a/scout", bare with { Orientation = [1, 0, 0, 0, 0, -1], Extra = [(DicomTags.SeriesNumber, "1")] });
        IReadOnlyList<DicomSeries> found = DicomSeries.Find(Folder);
        Assert.Equal([1, 3, 3, 3, 6], found.Select(series => series.ReadStack().Slices.Count).Order());
        Assert.All(found, series => Assert.Contains("no Series Instance UID: put together by folder", Heard(series)[0],
            StringComparison.Ordinal));
        Assert.Equal(["#1", "#2", "#3", "#4", "#5"], found.Select(series => series.Id));
        Assert.Equal(found[2].Files.Count, DicomVolumeReader.CtSeries(Folder, "#3").Files.Count);
    }

    [Fact]
    public void Files_are_named_from_the_folder_down()
    {
        Save("a/0.dcm", Image(0).File());
        Save("b/0.dcm", (Image(0) with { Pixels = new int[12] }).File());
        Refused(() => Only().ReadStack(), Folder, $"{Path.Combine("a", "0.dcm")} and {Path.Combine("b", "0.dcm")}");
    }

    private static List<string> Heard(DicomSeries series)
    {
        var warnings = new List<string>();
        series.ReadStack(warnings.Add);
        return warnings;
    }

    private DicomSeries Only() => Assert.Single(DicomSeries.Find(Folder));

    private static CtImage Image(int n) => new() { Position = [0, 0, 5 * n], Pixels = [.. Enumerable.Range(100 * n, 12)] };

    private void Slices(string name, int from, int count, params (DicomTag, string)[] extra)
    {
        for (int n = from; n < from + count; n++)
            Save($"{name}{n}", (Image(n) with { Extra = extra }).File());
    }
}
