using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

/// <summary>A relabelled data set: what is read of it, and that what is torn or contradicts itself is refused.</summary>
public sealed class PseudoLabelsTests : IDisposable
{
    private const string Index = """ "a": { "stomach": 2, "pancreas": 1 } """;

    private static readonly byte[] _own = [1, 4, 0, 0], _merged = [1, 4, 2, .. Enumerable.Repeat((byte)4, 21)];

    private readonly TestFolder _folder = new();

    /// <summary>
    /// Of case a the liver is annotated: voxel 0; voxel 1 is ignored. A round found the stomach at 2 and 3, the pancreas at 3. In case b
    /// everything is annotated.
    /// </summary>
    public PseudoLabelsTests()
    {
        _folder.Add("a", _merged).Add("b", 1, 2, 3).Write("annotations.json", """{ "a": ["liver"] }""");
        Add("annotatedTr/a", _own);
        Add("pseudoTr/a/2", 0, 0, 1, 1);
        Add("pseudoTr/a/3", 0, 0, 0, 1);
        Json(Index);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Annotation_and_pseudo_labels_are_told_apart()
    {
        Dataset data = _folder.Open();
        CaseData a = data.Load(data.Training[0]), b = data.Load(data.Training[1]);
        Assert.Equal<byte>([1, Labels.Ignore, 0, 0], a.Labels.ToArray()[..4]);
        Assert.Equal([0u, 0, 0b010, 0b110, .. new uint[20]], a.Pseudo!.InWords());
        Assert.Equal((0b001u, 0b001u), (a.Annotated, a.Truth)); // a pseudo label is no truth
        Assert.Equal(0b110u, data.Training[0].Pseudo!.Organs);
        Assert.Equal((0b111u, null), (b.Annotated, b.Pseudo));
        Assert.Equal<byte>([1, 2, 3, 0], b.Labels.ToArray()[..4]);
        Assert.Same(a.Pseudo, a.WithAnnotated(0).Pseudo);
    }

    [Fact]
    public void Of_organs_that_are_left_out_no_pseudo_label_stays()
    {
        Dataset data = _folder.Open();
        uint[] kept = [0, 0, 0, 0b10, .. new uint[20]];
        Assert.Equal(kept, data.Load(data.Training[0]).Keeping(0b101).Pseudo!.InWords());
        data = data.Keeping(0b101);
        Assert.Equal(kept, data.Load(data.Training[0]).Pseudo!.InWords());
        Assert.Equal(0b10u, data.Training[0].Pseudo!.Organs);
    }

    [Fact]
    public void Where_several_organs_claim_a_voxel_others_ignore_it()
    {
        byte[] merged = PseudoLabels.Merge([1, Labels.Ignore, 0, 0, 0], Bits.Voxels(0, 0, 0b010, 0b110, 0));
        Assert.Equal<byte>([1, Labels.Ignore, 2, Labels.Ignore, Labels.Ignore], merged);
    }

    [Fact]
    public void In_another_spacing_a_pseudo_label_stands_where_most_of_a_pixel_has_it()
    {
        // Two by two voxels a pixel: three of organ 1; two; four, of which one is certain; organs 1 and 2.
        var grid = Geometry.Regular(1, 2, 8, 1, 1, 1);
        uint[] pseudo = [2, 2, 2, 0, 2, 2, 6, 6, 2, 0, 2, 0, 2, 0, 6, 6];
        byte[] labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0];
        var data = new CaseData("a", new Volume(grid, new float[16]), labels, 0b001, 0b001) { Pseudo = Bits.Runs(pseudo, 16) };
        Assert.Equal<uint>([2, 0, 2, 6], data.At(new PlaneSpacing(2, 2)).Pseudo!.InWords());
        Assert.Same(data.Pseudo, data.At(null).Pseudo);
    }

    public static TheoryData<string, string> Torn => new()
    {
        { "no index", "belongs to a relabelled data set" },
        { "case not in the index", "a is missing, and an organ is not annotated in it" },
        { "unknown case in the index", "no such training case" },
        { "unknown organ in the index", "no organ 'spleen'" },
        { "no ignore label", "\"ignore\" is missing" },
        { "no number of voxels", "a number of voxels expected" },
        { "no annotations", "every organ is annotated in it" },
        { "annotated after all", "stomach is annotated" },
        { "everything annotated", "every organ is annotated in it" },
        { "no mask", "is missing, of the pseudo labels of a" },
        { "no annotation's map", "the label map of case a is missing" },
    };

    [Theory]
    [MemberData(nameof(Torn))]
    public void A_torn_data_set_is_not_opened(string what, string says)
    {
        switch (what)
        {
            case "no index":
                _folder.Json(TestFolder.Organs + ", \"ignore\": 4");
                break;
            case "case not in the index":
                Json("");
                break;
            case "unknown case in the index":
                Json(Index + """, "c": {} """);
                break;
            case "unknown organ in the index":
                Json("""  "a": { "stomach": 2, "spleen": 1 } """);
                break;
            case "no ignore label":
                _folder.Json(more: $$""", "pseudo_labels": { {{Index}} }""");
                break;
            case "no number of voxels":
                Json(""" "a": { "stomach": 2.5, "pancreas": 1 } """);
                break;
            case "no annotations":
                File.Delete(_folder.At("annotations.json"));
                break;
            case "annotated after all":
                _folder.Write("annotations.json", """{ "a": ["liver", "stomach"] }""");
                break;
            case "everything annotated":
                _folder.Write("annotations.json", """{ "a": ["liver"], "b": ["liver", "stomach", "pancreas"] }""");
                Add("annotatedTr/b", 1, 2, 3);
                Json(Index + """, "b": {} """);
                break;
            case "no mask":
                File.Delete(_folder.At("pseudoTr", "a", "3.nii.gz"));
                break;
            default:
                File.Delete(_folder.At("annotatedTr", "a.nii.gz"));
                break;
        }

        Assert.Contains(says, _folder.OpenFault(), StringComparison.Ordinal);
        Assert.Contains(Checked(), fault => fault.Contains(says, StringComparison.Ordinal));
    }

    public static TheoryData<string, string> Contradictions => new()
    {
        { "labelsTr/a", "voxel (z 0, y 1, x 1) is 2, which by" },
        { "annotatedTr/a", "shows an organ that annotations.json does not list for a" },
        { "certain", "where the annotation has 1" },
        { "ignored", "where the annotation has 4" },
        { "pseudoTr/a/3", "voxel (z 0, y 0, x 3) is 7; a mask has 0 and 1" },
        { "count", "3 voxels are inside; dataset.json says 2" },
        { "grid", "4 x 3 x 2 voxels" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Maps_that_contradict_each_other_are_refused(string what, string says)
    {
        switch (what)
        {
            case "labelsTr/a":
                Add(what, [.. _merged[..5], 2, .. _merged[6..]]);
                break;
            case "annotatedTr/a":
                Add(what, 1, 4, 0, 0, 0, 2);
                break;
            case "certain":
                Add("pseudoTr/a/3", 1);
                break;
            case "ignored":
                Add("pseudoTr/a/3", 0, 1);
                break;
            case "pseudoTr/a/3":
                Add(what, 0, 0, 0, 7);
                break;
            case "count":
                Add("pseudoTr/a/2", 0, 0, 1, 1, 1);
                break;
            default:
                _folder.Reader.Add(_folder.At("pseudoTr/a/2.nii.gz"), new LabelMap(Geometry.Regular(4, 3, 2, 1, 1, 1), new byte[24]));
                break;
        }

        Dataset data = _folder.Open();
        string fault = Assert.Throws<DataException>(() => data.Load(data.Training[0])).Message;
        Assert.Contains(says, fault, StringComparison.Ordinal);
        Assert.StartsWith(_folder.Root, fault, StringComparison.Ordinal);
        if (what != "annotatedTr/a") // there the check has the wrong merged map to tell
            Assert.Contains(fault, Checked());
    }

    private IReadOnlyList<string> Checked() =>
        DatasetCheck.Run([_folder.Root], _folder.Reader, cancel: TestContext.Current.CancellationToken).Faults;

    private void Json(string index) =>
        _folder.Json(TestFolder.Organs + ", \"ignore\": 4", $$""", "pseudo_labels": { {{index}} }""");

    private void Add(string name, params byte[] labels) => _folder.Reader.Add(_folder.At(name + ".nii.gz"), TestFolder.LabelsOf(labels));
}
