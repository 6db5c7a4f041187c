using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;
using Smile.Net.Evaluation;

namespace Smile.Host.Tests.Data;

/// <summary>
/// Data sets made of TotalSegmentator's example CT (122 x 101 x 112 voxels of 3 mm) and its label maps; files are linked, not copied.
/// </summary>
public sealed class RealDatasetTests : IDisposable
{
    private const string Image = "totalsegmentator/example_ct.nii.gz", Map = "totalsegmentator/example_seg_fast_force_split.nii.gz";

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-real-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_map_of_61_classes_loads_as_three_organs()
    {
        Link(Image, "imagesTr/ct_0000.nii.gz");
        Link(Map, "labelsTr/ct.nii.gz");
        WriteJson(117);
        File.WriteAllText(Path.Combine(_folder, "annotations.json"), """{ "ct": ["liver", "pancreas"] }""");

        Dataset data = Dataset.Open([_folder], new NiftiVolumeReader());
        CaseData loaded = data.Load(Assert.Single(data.Training));

        Assert.Equal(["liver", "stomach", "pancreas"], data.Organs.Names);
        Assert.Equal((112, 101, 122), (loaded.Geometry.Depth, loaded.Geometry.Height, loaded.Geometry.Width));
        // Counted with numpy.
        Assert.Equal([41692, 4836, 695], Enumerable.Range(0, 3).Select(k => loaded.Labels.Count(Labels.Of(k))));
        Assert.Equal(0b101u, loaded.Annotated);
        Assert.False(loaded.VisibleLabels().Contains(Labels.Of(1)));
        DatasetReport report = DatasetCheck.Run([_folder], new NiftiVolumeReader(), cancel: TestContext.Current.CancellationToken);
        Assert.Empty(report.Faults);
    }

    [Fact]
    public void Two_label_maps_of_one_patient_are_scored_as_scipy_scores_them()
    {
        string v1 = TestData.Require("totalsegmentator/history/example_seg_v1_104class_f64.nii.gz"), v2 = TestData.Require(Map);
        var reader = new NiftiVolumeReader();
        LabelMap reference = LabelMaps.Read(v2, Mapping(117, liver: 5, stomach: 6, pancreas: 7), reader);
        LabelMap prediction = LabelMaps.Read(v1, Mapping(104, liver: 5, stomach: 6, pancreas: 10), reader);
        LabelMaps.CheckGrid(v1, prediction.Geometry, v2, reference.Geometry);

        CaseScore score = new Evaluator(3, new EvaluationSettings { ToleranceMm = 3 })
            .Score("ct", reference.Geometry, reference.Voxels, 0b111, prediction.Voxels);

        // nibabel 5.0.0 and scipy 1.10.1: binary_erosion with the 6-neighbourhood, distance_transform_edt, numpy.percentile.
        AssertScore(score.Organs[0], 41024, 578, 668, 0.9850409393233607, 3.0, 0.9980150114757149);
        AssertScore(score.Organs[1], 4644, 333, 192, 0.9464995414246408, 3.0, 0.9687697160883281);
        AssertScore(score.Organs[2], 612, 206, 83, 0.8089887640449438, 8.536753236814723, 0.9183285849952516);
    }

    [Fact]
    public void Planted_faults_are_all_found_in_one_run()
    {
        Link(Image, "imagesTr/sound_0000.nii.gz");
        Link(Map, "labelsTr/sound.nii.gz");
        Link(Image, "imagesTr/grid_0000.nii.gz");
        Link("totalsegmentator/example_seg.nii.gz", "labelsTr/grid.nii.gz");
        Link(Image, "imagesTr/alone_0000.nii.gz");
        byte[] whole = File.ReadAllBytes(TestData.Require(Image));
        File.WriteAllBytes(Path.Combine(_folder, "imagesTr", "cut_0000.nii.gz"), whole[..(whole.Length / 2)]);
        Link(Map, "labelsTr/cut.nii.gz");
        File.WriteAllText(Path.Combine(_folder, "annotations.json"), """{ "who": [] }""");
        WriteJson(112); // 113, 114, 115 and 117 are in the map and not declared

        IReadOnlyList<string> faults = DatasetCheck.Run([_folder], new NiftiVolumeReader(),
            cancel: TestContext.Current.CancellationToken).Faults;

        AssertOne(faults, "alone.nii.gz: the label map of case alone is missing");
        AssertOne(faults, "annotations.json: who: the data set has no such case");
        AssertOne(faults, "grid.nii.gz: 30 x 101 x 122 voxels (z, y, x), but");
        AssertOne(faults, "cut_0000.nii.gz: ");
        foreach (int value in (int[])[113, 114, 115, 117])
            AssertOne(faults, $"sound.nii.gz: value {value} at voxel (z ");
    }

    private static void AssertScore(OrganScore score, long tp, long fp, long fn, double dice, double hd95, double surfaceDice)
    {
        Assert.Equal((tp, fp, fn), (score.TP, score.FP, score.FN));
        Assert.Equal(dice, score.Dice, 1e-12);
        // Squared distances are float32.
        Assert.Equal(hd95, score.Surfaces.Hd95, 1e-5);
        Assert.Equal(surfaceDice, score.Surfaces.SurfaceDice, 1e-12);
    }

    private static void AssertOne(IReadOnlyList<string> faults, string part) =>
        Assert.Single(faults, fault => fault.Contains(part, StringComparison.Ordinal));

    /// <summary>TotalSegmentator's integers 1 .. last, all background but three.</summary>
    private static LabelMapping Mapping(int last, byte liver, byte stomach, byte pancreas) => new(Enumerable.Range(1, last).Select(i =>
        ((byte)i, i == liver ? Labels.Of(0) : i == stomach ? Labels.Of(1) : i == pancreas ? Labels.Of(2) : Labels.Background)));

    /// <summary>dataset.json that declares the integers up to <paramref name="last"/>, version 2 of TotalSegmentator's scheme.</summary>
    private void WriteJson(int last)
    {
        IEnumerable<string> labels = Enumerable.Range(0, last + 1)
            .Select(i => $"\"{i}\": \"{i switch { 5 => "liver", 6 => "stomach", 7 => "pancreas", _ => "background" }}\"");
        File.WriteAllText(Path.Combine(_folder, "dataset.json"),
            $$"""{ "channel_names": {"0": "CT"}, "labels": { {{string.Join(", ", labels)}} }, "file_ending": ".nii.gz" }""");
    }

    private void Link(string data, string name)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(path, TestData.Require(data));
    }
}
