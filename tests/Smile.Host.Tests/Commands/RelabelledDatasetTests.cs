using System.Text.Json;
using Smile.Host.Cases;
using Smile.Host.Imaging.Nifti;
using Smile.Kernels.Backend;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Host.Tests.Commands;

/// <summary><c>smile relabel --as-dataset</c>: the data set teaches what the relabelled cases teach, bit for bit.</summary>
public sealed class RelabelledDatasetTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private const string Annotations = """{ "case_0": ["liver"], "case_1": ["stomach"], "case_3": [] }""";

    private readonly string _root = Directory.CreateTempSubdirectory("smile-as-dataset-").FullName;

    private string Target => In("Dataset002_Relabelled");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_runs_data_set_teaches_what_the_run_learns_from()
    {
        string run = Train(), told = Done("relabel", "-o", run, "--as-dataset", Target).Out;
        Assert.Contains($"{Target}: 4 cases, labels of round 2", told, StringComparison.Ordinal);
        SameAsRun(run);
        Assert.Equal(File.ReadAllBytes(trained.Data.Image("case_1")),
            File.ReadAllBytes(Path.Combine(Target, "imagesTr/case_1_0000.nii.gz")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(run, "ledger.jsonl")), File.ReadAllBytes(Path.Combine(Target, "ledger.jsonl")));
        Assert.Contains("round 2", Done("relabel", "-o", Target, "--ledger").Out, StringComparison.Ordinal);
        Assert.Contains("no fault", Done("dataset", "check", Target).Out, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void At_the_spacing_of_a_run_that_resamples_it_does_too()
    {
        string run = Train("--set", "data.spacing=1.5,2");
        Assert.Contains("written at the run's spacing", Done("relabel", "-o", run, "--as-dataset", Target).Error, StringComparison.Ordinal);
        SameAsRun(run);
    }

    [Fact]
    public void Annotations_that_an_audit_hides_from_the_run_are_hidden_from_its_data_set()
    {
        string run = Train("--audit", "0.5", "--set", "relabel.audit_floor=0", "--set", "relabel.audit_tolerance=1", "--set",
            "relabel.volume_bound=0", "--set", "data.validation=0");
        Assert.Contains("2 annotations that the run's audit hides from it are hidden here too",
            Done("relabel", "-o", run, "--as-dataset", Target).Error, StringComparison.Ordinal);
        SameAsRun(run);
    }

    [Theory]
    [InlineData(0.4)]
    [InlineData(1)] // both organs everywhere: voxels that two organs claim
    public void A_rounds_data_set_holds_what_the_round_gave(double gamma)
    {
        using var data = new TinyDataset();
        File.WriteAllText(Path.Combine(data.Folder, "annotations.json"), Annotations);
        File.WriteAllText(Path.Combine(data.Folder, "groups.json"), """{ "case_0": "p1", "case_2": "p1" }""");
        File.WriteAllText(Path.Combine(data.Folder, "splits_final.json"),
            """[ { "train": ["case_0", "case_2"], "val": ["case_1"] }, { "train": ["case_1", "case_3"], "val": [] } ]""");
        string model = trained.SeeingAll(_root);
        Done("relabel", "--data", data.Folder, "-o", In("maps"), "-m", model, "--gamma", $"{gamma}", "--device", "scalar",
            "--as-dataset", Target);

        var backend = () => Backends.Open("scalar");
        using var predictor = Checkpoint.LoadPredictor(model, out Checkpoint checkpoint, backend);
        using var relabeller = new Relabeller(predictor, checkpoint.Settings with { Relabel = new RelabelSettings() }, 2, backend);
        Dataset before = Open(data.Folder), after = Open(Target);
        CaseData[] expected = [.. before.Training.Select(before.Load)
            .Select(each => each.Annotated == 0b11 ? each
                : With(each, OrganRuns.Of(relabeller.Relabel(each, gamma, null).Labels.Pseudo, each.Labels.Pixels)))];
        SameMasks(expected, [.. after.Training.Select(after.Load)]);
        SameByNnUNet(expected);
        Assert.True(gamma < 1 || expected.Any(each => each.Pseudo?.Word(0).Contains(0b11u) == true));
        Assert.Equal(File.ReadAllBytes(In("maps/ledger.jsonl")), File.ReadAllBytes(Path.Combine(Target, "ledger.jsonl")));
        Assert.Equal(["p1", null, "p1", null], after.Training.Select(each => each.Group));
        var splits = Splits.Read(Path.Combine(Target, "splits_final.json"), after.Training.Select(each => (each.Id, each.Group)));
        Assert.Equal([["case_0", "case_2"], ["case_1", "case_3"]], splits.Select(split => split.Train));
    }

    [Fact]
    public void Training_goes_on_from_it_with_the_bits_of_the_runs_own_pseudo_labels()
    {
        string own = Train();
        Done("relabel", "-o", own, "--as-dataset", Target);
        Dataset after = Open(Target);
        var folder = new RunFolder(own);
        RunSettings settings = folder.ReadSettings();
        settings = settings with
        {
            Train = settings.Train with { Method = Methods.Smile, Weights = trained.Final },
            Data = settings.Data with { Folders = [] },
        };
        Split split = folder.ReadSplit(after.Training.Select(each => (each.Id, each.Group)));
        string expected = Go("own", [.. LearntFrom(own).Select(each => each.Data)]);
        Assert.Equal(expected, Go("exported", [.. after.Training.Select(after.Load)]));
        Assert.NotEqual(expected, Go("without", [.. LearntFrom(own).Select(each => With(each.Data, null))]));

        // By the command line: it says what it learns from, and its split is the run's.
        CliResult result = Done(["train", "--data", Target, "-o", In("cli"), .. TrainedRun.Small]);
        Assert.Contains("3 training cases bring pseudo labels along, which are learnt from", result.Error, StringComparison.Ordinal);
        Assert.Equal(split.Validation, new RunFolder(In("cli")).ReadSplit(after.Training.Select(each => (each.Id, each.Group))).Validation);

        string Go(string name, CaseData[] cases)
        {
            using TrainingRun run = TrainingRun.Start(In(name), settings, after.Organs, cases, new Silent(), split: split);
            run.Run(TestContext.Current.CancellationToken);
            return WeightsHash.OfFile(new RunFolder(In(name)).Final);
        }
    }

    [Fact]
    public void Another_data_set_than_the_runs_leaves_nothing()
    {
        using var data = new TinyDataset();
        File.WriteAllText(Path.Combine(data.Folder, "annotations.json"), Annotations);
        Done("relabel", "-o", trained.Run, "--data", data.Folder, "--as-dataset", In("moved"));
        data.ReplaceLabels("case_2", new LabelMap(data.Geometry, new byte[data.Geometry.Voxels]));
        SmileCli.Fails(3, ["relabel", "-o", trained.Run, "--data", data.Folder, "--as-dataset", Target], "other images, labels");
        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public void What_is_in_the_way_is_refused_before_anything_is_done()
    {
        string[] relabel = ["relabel", "--data", trained.Data.Folder, "-m", trained.Final, "-o", In("maps"), "--as-dataset"];
        File.WriteAllText(In("file"), "");
        SmileCli.Fails(2, [.. relabel, In("file")], "is a file");
        SmileCli.Fails(2, [.. relabel, trained.Data.Folder], trained.Data.Folder, "exists and is not empty. Remove it");
        SmileCli.Fails(2, [.. relabel, In("maps")], "holds the relabelled maps alone");
        SmileCli.Fails(2, ["relabel", "-o", trained.Run, "--as-dataset", trained.Data.Folder], "exists and is not empty");
        SmileCli.Fails(2, ["relabel", "-o", In("maps"), "--as-dataset", Target], "--data is missing", "SMILEr run");
        Done(["train", "--data", trained.Data.Folder, "-o", In("smile"), .. TrainedRun.Small]);
        SmileCli.Fails(2, ["relabel", "-o", In("smile"), "--as-dataset", Target], "--method smile, which makes no round");
        Assert.False(Directory.Exists(In("maps")) || Directory.Exists(Target));
    }

    [Fact]
    public void What_a_stop_or_a_kill_leaves_is_no_data_set()
    {
        Dataset data = Open(trained.Data.Folder);
        Directory.CreateDirectory(In("empty"));
        foreach (string folder in new[] { Target, In("empty") })
        {
            using RelabelledDataset stopped = RelabelledDataset.Begin(folder, data.Organs, data.Training);
            stopped.Add(data.Training[0], data.Load(data.Training[0]), null);
        }

        Assert.False(Directory.Exists(Target));
        Assert.Empty(Directory.GetFileSystemEntries(In("empty")));
        RelabelledDataset.Begin(Target, data.Organs, data.Training).Add(data.Training[0], data.Load(data.Training[0]), null);
        Assert.Contains("dataset.json: not found", Assert.Throws<DataException>(() => Open(Target)).Message, StringComparison.Ordinal);
        SmileCli.Fails(2, ["relabel", "-o", trained.Run, "--as-dataset", Target], "killed, perhaps");
    }

    [Fact]
    public void Where_truth_or_annotations_are_asked_for_it_is_refused()
    {
        Done("relabel", "-o", trained.Run, "--as-dataset", Target);
        SmileCli.Fails(2, ["dataset", "drop", Target, "--alpha", "0.5", "--force"], "relabelled data set");
        SmileCli.Fails(2, ["experiment", "--data", Target, "-o", In("study"), "--preset", "smoke"], "relabelled data set");
        SmileCli.Fails(2, ["evaluate", "-p", Path.Combine(Target, "labelsTr"), "--data", Target, "--truth-complete"], "no truth");
        SmileCli.Fails(2, ["relabel", "-o", Target, "--undo", "1"], "is a data set");
        Directory.Delete(Path.Combine(Target, "pseudoTr", "case_3"), recursive: true);
        SmileCli.Fails(3, ["train", "--data", Target, "-o", In("run"), .. TrainedRun.Small], "is missing, of the pseudo labels of case_3");
    }

    [Fact]
    public void A_case_whose_image_would_have_the_name_of_anothers_label_map_is_refused()
    {
        OrganSet organs = new(["liver"]);
        Case Of(string id) => new(id, "", null, 1, LabelMapping.Identity(1));
        Assert.Contains("a and a_0000",
            Assert.Throws<DataException>(() => RelabelledDataset.Begin(Target, organs, [Of("a"), Of("a_0000")])).Message,
            StringComparison.Ordinal);
    }

    /// <summary>All cases as the run learns from them, and whether it trains on them.</summary>
    private IEnumerable<(CaseData Data, bool Trained)> LearntFrom(string run)
    {
        var folder = new RunFolder(run);
        Dataset data = Open(trained.Data.Folder);
        Split split = folder.ReadSplit(data.Training.Select(each => (each.Id, each.Group)));
        LabelLedger ledger = LabelLedger.Read(folder.Ledger);
        using PseudoFile rounds = PseudoFile.Open(folder.Pseudo(ledger.LastRound));
        foreach (Case source in data.Training)
        {
            bool training = split.Train.Contains(source.Id);
            CaseData each = data.Load(source);
            if (training)
            {
                each = each.At(folder.ReadSettings().PlaneSpacing());
                each = each.WithAnnotated(data.Organs.BitsOf(ledger.Entries
                    .Where(entry => entry.Case == source.Id && entry.Source == LabelSources.Annotator).Select(entry => entry.Organ)));
                each = each.Annotated == 0b11 ? each : With(each, rounds.Read(each));
            }

            yield return (each, training);
        }
    }

    private void SameAsRun(string run)
    {
        var expected = LearntFrom(run).ToList();
        Dataset after = Open(Target);
        Split split = Assert.Single(Splits.Read(Path.Combine(Target, "splits_final.json"), after.Training.Select(c => (c.Id, c.Group))));
        Assert.Equal(expected.Where(each => each.Trained).Select(each => each.Data.Id), split.Train.Order(StringComparer.Ordinal));
        CaseData[] read = [.. after.Training.Select(after.Load)];
        SameMasks([.. expected.Select(each => each.Data)], read);
        SameByNnUNet([.. expected.Select(each => each.Data)]);
        CaseData[] Training(IEnumerable<CaseData> cases) => [.. cases.Where(each => split.Train.Contains(each.Id))];
        SameBatches(Training(expected.Select(each => each.Data)), Training(read));
    }

    /// <summary>Images, annotation, pseudo labels: all that masks of either setting of epsilon are made of.</summary>
    private static void SameMasks(CaseData[] expected, CaseData[] read)
    {
        Assert.Equal(expected.Select(each => each.Id), read.Select(each => each.Id));
        Assert.Contains(expected, each => each.Pseudo is { } pseudo && pseudo.ToVoxels().Labelled > 0);
        foreach ((CaseData one, CaseData other) in expected.Zip(read))
        {
            Assert.Equal(one.Annotated, other.Annotated);
            Assert.Equal(one.Image.ToVolume().Voxels, other.Image.ToVolume().Voxels);
            Assert.Equal(one.VisibleLabels().ToArray(), other.Labels.ToArray());
            Assert.Equal(WordsOf(one), WordsOf(other));
        }
    }

    /// <summary>The batches that either would be trained on.</summary>
    private static void SameBatches(CaseData[] expected, CaseData[] read)
    {
        foreach (bool epsilon in new[] { true, false })
        {
            var settings = new SamplerSettings { Batch = 3, Height = 16, Width = 16, Epsilon = epsilon };
            SliceSampler[] samplers = [.. new[] { expected, read }.Select(cases =>
            {
                var sampler = new SliceSampler(cases, 2, settings, new Rng(5));
                foreach ((int i, CaseData each) in cases.Index())
                    sampler.SetPseudo(i, each.Pseudo);
                return sampler;
            })];
            for (int step = 0; step < 20; step++)
            {
                var (one, other) = (Draw(samplers[0]), Draw(samplers[1]));
                Assert.Equal(one.Images, other.Images);
                Assert.Equal(one.Words, other.Words);
            }
        }

        static (float[] Images, uint[] Words) Draw(SliceSampler sampler)
        {
            const int pixels = 3 * 16 * 16;
            var images = new float[pixels];
            var words = new uint[3 * pixels + 3];
            sampler.Next(images, words.AsSpan(0, pixels), words.AsSpan(pixels, pixels), words.AsSpan(2 * pixels, pixels),
                words.AsSpan(3 * pixels));
            return (images, words);
        }
    }

    /// <summary>
    /// labelsTr by nnU-Net's rule: the loss leaves out the ignore label, all else is what it says. It says what the run knows for certain
    /// of every organ, and one pseudo label; nothing else.
    /// </summary>
    private void SameByNnUNet(CaseData[] expected)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Target, "dataset.json")));
        var labels = json.RootElement.GetProperty("labels").EnumerateObject()
            .ToDictionary(each => each.Name, each => each.Value.GetInt32());
        Assert.Equal([0, 1, 2, 3], labels.Values); // consecutive, and the ignore label the highest: nnU-Net refuses others
        Assert.Equal(3, labels["ignore"]);
        foreach (CaseData each in expected)
        {
            byte[] map = NiftiReader.ReadLabels(Path.Combine(Target, "labelsTr", each.Id + ".nii.gz")).Labels.Voxels;
            byte[] own = each.Labels.ToArray();
            uint[] words = WordsOf(each);
            for (int v = 0; v < map.Length; v++)
            {
                var (organ, known) = AmbiguityMap.Bits(own[v], each.Annotated, 2);
                var (isOrgan, isKnown) = AmbiguityMap.WithPseudo(organ.Word(0), known.Word(0), words[v]);
                int says = isOrgan switch { 1 => 1, 2 => 2, 0 when isKnown == 0b11 => 0, _ => 3 };
                Assert.True(map[v] == says, $"{each.Id}: voxel {v} is {map[v]}, not {says}");
            }
        }
    }

    private static uint[] WordsOf(CaseData data) => data.Pseudo?.ToVoxels().All.ToArray() ?? new uint[data.Labels.Length];

    private static CaseData With(CaseData data, OrganRuns? pseudo) =>
        new(data.Id, data.Image.ToVolume(), data.Labels.ToArray(), data.Annotated, data.Truth) { Group = data.Group, Pseudo = pseudo };

    private static Dataset Open(string folder) => Dataset.Open([folder], new NiftiVolumeReader());

    /// <summary>A SMILEr run whose rounds take pseudo labels, of both organs in some voxels.</summary>
    private string Train(params string[] more)
    {
        // Weights that see every organ everywhere: there is something to label after six updates.
        Done(["train", "--data", trained.Data.Folder, "-o", In("run"), "--method", "smiler", .. TrainedRun.Small, .. more,
            "--set", $"train.weights={trained.SeeingAll(_root)}", "--set", "train.lr=0.001"]);
        return In("run");
    }

    private string In(string name) => Path.Combine(_root, name);

    private static CliResult Done(params string[] args)
    {
        CliResult result = SmileCli.Run(args);
        Assert.True(result.ExitCode == 0, $"exit {result.ExitCode}: {result.Error}");
        return result;
    }

    private sealed class Silent : IRunListener
    {
        public void OnStep(in StepReport report)
        {
        }

        public void OnRound(RoundReport report)
        {
        }

        public void OnValidation(ValidationReport report)
        {
        }

        public void OnMessage(string message)
        {
        }
    }
}
