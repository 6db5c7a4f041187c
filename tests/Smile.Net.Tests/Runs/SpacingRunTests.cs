using System.Globalization;
using System.Text.Json.Nodes;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Runs;

public sealed class SpacingRunTests : IDisposable
{
    private const int Steps = 8;

    private readonly string _root = Directory.CreateTempSubdirectory("smile-spacing-run-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Auto_trains_at_the_median_and_stores_it()
    {
        var writer = new Grids();
        var recorder = new Recorder();
        string folder = In("auto");
        Split split;
        using (TrainingRun run = TrainingRun.Start(folder, Settings(Spacings.Auto), Toy.Organs, Cases(), recorder, writer))
        {
            run.Run(TestContext.Current.CancellationToken);
            split = new Split([], [.. run.Validation.Select(data => data.Id)]);
            // Scored on their own grids.
            Assert.All(run.Validation, data => Assert.True(Cases().Single(c => c.Id == data.Id).Geometry.Matches(data.Geometry)));
        }

        Assert.Equal("1.25,1.25", new RunFolder(folder).ReadSettings().Data.Spacing);
        Checkpoint checkpoint = Checkpoint.Read(new RunFolder(folder).Final);
        Assert.Equal(new PlaneSpacing(1.25, 1.25), checkpoint.Settings.PlaneSpacing());
        Assert.Equal(1.25, checkpoint.Spacing!.Y.Least, 1e-9);
        Assert.Equal(1.25, checkpoint.Spacing.X.Most, 1e-9);
        CaseData[] trained = [.. Cases().Where(c => !split.Validation.Contains(c.Id))];
        Assert.Equal(trained.Max(c => c.Geometry.Spacing.Z), checkpoint.Spacing.Z.Most, 1e-9);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(new RunFolder(folder).Manifest))!;
        Assert.Equal(checkpoint.Spacing.Z.Least, manifest["spacing"]!["z"]!["least"]!.GetValue<double>(), 1e-12);
        Assert.NotEmpty(writer.Seen);
        Assert.All(writer.Seen, geometry => Assert.True(new PlaneSpacing(1.25, 1.25).IsOf(geometry)));
        Assert.NotEmpty(recorder.Validations);
    }

    [Fact]
    public void The_distance_of_slices_is_that_of_the_training_cases_in_the_middle_and_goes_with_the_model()
    {
        RunSettings Three(string distance) => Settings(Spacings.Native) is var settings
            ? settings with { Data = settings.Data with { Slices = 3, SliceDistance = distance } } : settings;
        string auto = Final("auto", Three(Spacings.Auto), Cases());
        double median = PlaneSpacing.MedianOfSlices(Cases().Select(c => c.Geometry));
        Assert.Equal(median, Checkpoint.Read(auto).Settings.SliceDistance().Millimetres);
        string text = Checkpoint.Read(auto).Settings.Data.SliceDistance;
        Assert.Equal(WeightsHash.OfFile(auto), WeightsHash.OfFile(Final("given", Three(text), Cases())));
        Assert.NotEqual(WeightsHash.OfFile(auto),
            WeightsHash.OfFile(Final("far", Three((3 * median).ToString(CultureInfo.InvariantCulture)), Cases())));
        Assert.Contains("data.slice_distance is '0'", Assert.Throws<ConfigException>(() => Three("0").Validate()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_auto_finds_may_be_given_and_the_cases_resampled_before()
    {
        string auto = Final("auto", Settings(Spacings.Auto), Cases()), given = Final("given", Settings("1.25,1.25"), Cases());
        Assert.Equal(WeightsHash.OfFile(auto), WeightsHash.OfFile(given));
        string[] held = [.. new RunFolder(In("given")).ReadSplit(Cases().Select(c => (c.Id, c.Group))).Validation];
        CaseData[] before = [.. Cases().Select(c => held.Contains(c.Id) ? c : c.At(new PlaneSpacing(1.25, 1.25)))];
        Assert.Equal(WeightsHash.OfFile(auto), WeightsHash.OfFile(Final("before", Settings("1.25,1.25"), before)));
        Assert.NotEqual(WeightsHash.OfFile(auto), WeightsHash.OfFile(Final("native", Settings(Spacings.Native), Cases())));
    }

    [Fact]
    public void Cases_of_one_spacing_are_trained_on_with_the_bits_of_native()
    {
        string auto = Final("auto", Settings(Spacings.Auto), Toy.Cases()), native = Final("native", Settings(Spacings.Native), Toy.Cases());
        Assert.Equal(WeightsHash.OfFile(native), WeightsHash.OfFile(auto));
    }

    [Fact]
    public void A_run_that_was_killed_goes_on_with_the_same_bits()
    {
        string whole = Final("whole", Settings(Spacings.Auto), Cases());
        var killer = new Recorder
        {
            AtStep = report =>
            {
                if (report.Step == 6)
                    throw new InvalidOperationException("killed");
            },
        };
        using (TrainingRun run = TrainingRun.Start(In("killed"), Settings(Spacings.Auto), Toy.Organs, Cases(), killer))
            Assert.Throws<InvalidOperationException>(() => run.Run(TestContext.Current.CancellationToken));
        using (TrainingRun run = TrainingRun.Resume(In("killed"), Toy.Organs, Cases(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(WeightsHash.OfFile(whole), WeightsHash.OfFile(new RunFolder(In("killed")).Final));
    }

    [Fact]
    public void A_split_that_is_given_is_obeyed_and_resumed()
    {
        var split = new Split(["case_1", "case_3"], ["case_0", "case_2"]);
        RunSettings settings = Settings(Spacings.Native);
        using (TrainingRun run = TrainingRun.Start(In("split"), settings, Toy.Organs, Toy.Cases(), new Silent(), null, split))
            Assert.Equal(split.Validation, run.Validation.Select(data => data.Id));
        using (TrainingRun run = TrainingRun.Resume(In("split"), Toy.Organs, Toy.Cases(), new Silent()))
            Assert.Equal(split.Validation, run.Validation.Select(data => data.Id));
    }

    private string Final(string name, RunSettings settings, CaseData[] cases)
    {
        using (TrainingRun run = TrainingRun.Start(In(name), settings, Toy.Organs, cases, new Silent()))
            run.Run(TestContext.Current.CancellationToken);
        return new RunFolder(In(name)).Final;
    }

    private static RunSettings Settings(string spacing)
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, Steps);
        return settings with { Data = settings.Data with { Spacing = spacing } };
    }

    /// <summary>Toy cases of 1, 1, 1.5 and 2 mm a pixel, 2 to 5 mm apart.</summary>
    private static CaseData[] Cases() => [.. Toy.Cases().Index().Select(each =>
    {
        (int i, CaseData data) = each;
        double d = i < 2 ? 1 : 0.5 + i / 2.0;
        Geometry grid = Geometry.Regular(Toy.Depth, Toy.Size, Toy.Size, 2 + i, d, d);
        return new CaseData(data.Id, new Volume(grid, data.Image.ToVolume().Voxels), data.Labels.ToArray(), data.Annotated, data.Truth);
    })];

    private string In(string name) => Path.Combine(_root, name);

    private sealed class Grids : IRoundWriter
    {
        public List<Geometry> Seen { get; } = [];

        public void Write(string folder, CaseData data, byte[] labels) => Seen.Add(data.Geometry);
    }
}
