using System.Collections.Concurrent;
using Smile.Host.Cli;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Import;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Import;

/// <summary>What becomes of an import whose cases fail, on sources that do what the test says.</summary>
public sealed class ImporterTests : DicomFolder
{
    private static readonly Geometry Grid = Geometry.Regular(2, 3, 4, 5, 2, 2);

    [Fact]
    public void Whatever_a_case_fails_of_names_it_and_the_others_are_imported()
    {
        var cases = new FakeCase[8];
        for (int i = 0; i < cases.Length; i++)
            cases[i] = new FakeCase($"source {i}");
        cases[1].Fails = () => new UnauthorizedAccessException("Access denied.");
        cases[2].Fails = () => new IOException("The share is gone.");
        cases[3].Fails = () => new System.Text.Json.JsonException("No JSON.");
        cases[4].Fails = () => new AggregateException(new InsufficientMemoryException("Memory is short."));
        cases[5].Fails = () => new DataException("file: is damaged.");
        cases[6].Fails = () => new NotSupportedException("A bug.");
        (IReadOnlyList<ImportRecord> done, IReadOnlyList<string> failures) = Run(cases, jobs: 2);
        Assert.Equal(["case_0001", "case_0008"], done.Select(record => record.Case));
        Assert.Equal(
            [
                "source 1: Access denied.", "source 2: The share is gone.",
                "source 3: unexpected failure: No JSON. (JsonException in FakeCase.Read; please report it)",
                "source 4: not enough memory for 2 cases at once; try again with --jobs 1. (Memory is short.)", "file: is damaged.",
                "source 6: unexpected failure: A bug. (NotSupportedException in FakeCase.Read; please report it)",
            ], failures);
        Assert.Equal(["case_0001", "case_0008"], Open().Training.Select(each => each.Id));

        // The same once more: only what failed is read again.
        foreach (FakeCase each in cases[..6])
            each.Fails = null;
        (done, failures) = Run(cases, jobs: 2);
        Assert.Equal([1, 2, 2, 2, 2, 2, 2, 1], cases.Select(each => each.Reads));
        Assert.Contains("source 6", Assert.Single(failures), StringComparison.Ordinal);
        Assert.Equal(7, Open().Training.Count);
        cases[6].Fails = null;
        Assert.Empty(Run(cases, jobs: 2).Failures);
        Assert.Equal(8, Open().Training.Count);
        Assert.False(Directory.Exists(Path.Combine(Output, ".import")));
        Assert.Contains("holds a data set", Assert.Throws<ConfigException>(() => Run(cases, jobs: 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_import_goes_on_only_as_it_was_begun()
    {
        FakeCase[] cases = [new("a"), new("b") { Fails = () => new IOException("gone") }];
        Run(cases, jobs: 1);
        foreach (ImportOptions other in new ImportOptions[] { new((3, 2, 2)), new(null, new SeriesRemedies(true, false)),
            new(null, new SeriesRemedies(false, true)), new(Mirror: true) })
        {
            string refused = Assert.Throws<ConfigException>(() => Run(cases, jobs: 1, options: other)).Message;
            Assert.Contains($"now {other}; organs liver", refused, StringComparison.Ordinal);
        }

        Assert.Contains("organs spleen", Assert.Throws<ConfigException>(() => Run(cases, jobs: 1, organ: "spleen")).Message,
            StringComparison.Ordinal);
        Assert.Contains("other sources", Assert.Throws<ConfigException>(() => Run([cases[1], cases[0]], jobs: 1)).Message,
            StringComparison.Ordinal);
        Assert.Contains("other sources", Assert.Throws<ConfigException>(() => Run(cases[..1], jobs: 1)).Message, StringComparison.Ordinal);
        // Nothing of the data set that is there was touched.
        Assert.Equal("case_0001", Assert.Single(Open().Training).Id);
    }

    [Fact]
    public void A_case_whose_source_has_changed_is_made_again_and_nothing_is_left_of_the_old_one()
    {
        string input = Path.Combine(Folder, "input");
        File.WriteAllText(input, "1");
        FakeCase[] cases = [new("a"), new("b") { Files = [input] }, new("c"), new("d") { Fails = () => new IOException("gone") }];
        Run(cases, jobs: 1);
        Assert.Equal(3, Open().Training.Count);

        File.WriteAllText(input, "23");
        cases[1].Annotated = false; // its outlines were taken away: it is no training case now
        string damaged = Path.Combine(Output, ".import", "case_0003.json");
        File.WriteAllText(damaged, File.ReadAllText(damaged)[..20]);
        Run(cases, jobs: 1);
        Assert.Equal([1, 2, 2, 2], cases.Select(each => each.Reads));
        Assert.Equal(["case_0001", "case_0003"], Open().Training.Select(each => each.Id));
        Assert.Equal("case_0002", Assert.Single(Open().Test).Id);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Output, "labelsTr")).Length);
    }

    [Fact]
    public void Half_a_data_set_does_not_look_like_a_whole_one_while_an_import_goes_on()
    {
        bool there = true;
        FakeCase[] cases = [new("a"), new("b") { Fails = () => new IOException("gone") }];
        Run(cases, jobs: 1);
        Assert.True(File.Exists(Path.Combine(Output, "dataset.json")));
        cases[1].Fails = () =>
        {
            there = File.Exists(Path.Combine(Output, "dataset.json"));
            return null;
        };
        Run(cases, jobs: 1);
        Assert.False(there);
        Assert.Equal(2, Open().Training.Count);
    }

    [Fact]
    public void On_a_full_disk_it_stops_at_once_and_keeps_what_is_whole()
    {
        FakeCase[] cases = [new("a"), new("b"),
            new("c") { Fails = () => new DataException("x: cannot be written.", new IOException("No space left on device", 28)) },
            new("d")];
        string message = Assert.Throws<DataException>(() => Run(cases, jobs: 1)).Message;
        Assert.Contains("no room for more: No space left on device. 2 of 4 cases are whole and kept", message, StringComparison.Ordinal);
        Assert.Equal(0, cases[3].Reads);
        Assert.False(File.Exists(Path.Combine(Output, "dataset.json")));
        cases[2].Fails = null;
        Assert.Equal(4, Run(cases, jobs: 1).Done.Count);
        Assert.Equal([1, 1, 2, 1], cases.Select(each => each.Reads));
    }

    [Fact]
    public void A_disk_that_is_really_full_is_told_and_with_room_the_same_command_goes_on()
    {
        using var disk = FullDisk.Mount(Folder, kilobytes: 64);
        Assert.SkipWhen(disk is null, "mounting a small file system is not allowed here");
        string source = Directory.CreateDirectory(Path.Combine(Folder, "source")).FullName, output = Path.Combine(disk.Folder, "out"),
            filler = Path.Combine(disk.Folder, "filler");
        for (int i = 0; i < 3; i++)
        {
            NiftiWriter.WriteInt16(Path.Combine(source, $"{i}.nii"),
                new Volume(Grid, [.. Enumerable.Range(0, 24).Select(v => (float)v + i)]));
            NiftiWriter.Write(Path.Combine(source, $"{i}_seg.nii"),
                new LabelMap(Grid, [.. Enumerable.Range(0, 24).Select(v => (byte)(v % 2))]));
        }

        File.WriteAllText(Path.Combine(source, "labels.json"), """{ "labels": { "background": 0, "liver": 1 } }""");
        File.WriteAllBytes(filler, new byte[40 << 10]);
        string[] command = ["dataset", "import", source, "-o", output, "--jobs", "1"];
        CliResult full = SmileCli.Run(command);
        Assert.Equal(3, full.ExitCode);
        Assert.Contains("no room for more", full.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(output, "dataset.json")));
        Assert.Empty(Directory.GetFiles(output, "*.tmp", SearchOption.AllDirectories));
        File.Delete(filler);
        CliResult result = SmileCli.Run(command);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(3, Dataset.Open([output], new NiftiVolumeReader()).Training.Count);
    }

    [Fact]
    public void Left_and_right_are_exchanged_in_images_and_labels_alike()
    {
        string source = Directory.CreateDirectory(Path.Combine(Folder, "source")).FullName;
        float[] voxels = [.. Enumerable.Range(0, 24).Select(v => (float)(v * v))];
        byte[] labels = [.. Enumerable.Range(0, 24).Select(v => (byte)(v % 4 == 0 || v == 6 ? 1 : 0))];
        NiftiWriter.WriteInt16(Path.Combine(source, "a.nii"), new Volume(Grid, voxels));
        NiftiWriter.Write(Path.Combine(source, "a_seg.nii"), new LabelMap(Grid, labels));
        File.WriteAllText(Path.Combine(source, "labels.json"), """{ "labels": { "background": 0, "liver": 1 } }""");
        CliResult result = SmileCli.Run("dataset", "import", source, "--mirror", "-o", Output);
        Assert.True(result.ExitCode == 0, result.Error);

        Dataset dataset = Open();
        CaseData made = dataset.Load(dataset.Training[0]);
        Assert.True(made.Geometry.Matches(Grid));
        int[] from = [.. Enumerable.Range(0, 24).Select(v => v - v % 4 + 3 - v % 4)];
        Assert.Equal(from.Select(v => voxels[v]), made.Image.ToVolume().Voxels);
        Assert.Equal(from.Select(v => labels[v]), made.Labels.ToArray());
    }

    [Fact]
    public void Cases_are_imported_at_once_and_each_is_shown()
    {
        // Each waits for the other: one after the other they would never meet.
        using var meeting = new Barrier(2);
        bool Meet() => meeting.SignalAndWait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        var cases = Enumerable.Range(0, 4)
            .Select(i => new FakeCase($"source {i}") { Fails = () => Meet() ? null : new IOException("came alone") }).ToArray();
        var work = new Lines();
        (IReadOnlyList<ImportRecord> done, IReadOnlyList<string> failures) = Run(cases, jobs: 2, work);
        Assert.Empty(failures);
        Assert.Equal(4, done.Count);
        Assert.Equal([1, 2, 3, 4], work.Reports.Select(report => report.Done).Order());
        Assert.Equal(["case_0001", "case_0002", "case_0003", "case_0004"], work.Reports.Select(report => report.Note).Order());
    }

    private string Output => Path.Combine(Folder, "out");

    private (IReadOnlyList<ImportRecord> Done, IReadOnlyList<string> Failures) Run(
        FakeCase[] cases, int jobs, Lines? work = null, ImportOptions? options = null, string organ = "liver") =>
        new Importer(Output, cases, new RegionMapping([(FakeCase.Liver, organ)]), options ?? new ImportOptions())
            .Run(jobs, work ?? new Lines(), TestContext.Current.CancellationToken);

    private Dataset Open() => Dataset.Open([Output], new NiftiVolumeReader());

    private sealed class Lines : IWork
    {
        public ConcurrentQueue<(long Done, string Note)> Reports { get; } = [];

        public void Report(long done, string note = "") => Reports.Enqueue((done, note));

        public void Message(string line)
        {
        }
    }

    /// <summary>An image of its own, with a liver.</summary>
    private sealed class FakeCase(string origin) : SourceCase
    {
        public static readonly SourceRegion Liver = new("liver");

        /// <summary>What reading fails of; null, or an answer of null, where it does not.</summary>
        public Func<Exception?>? Fails { get; set; }

        public bool Annotated { get; set; } = true;

        public string[] Files { get; init; } = [];

        public int Reads { get; private set; }

        public override string Origin => origin;

        public override string Kind => "made up";

        public override IReadOnlyList<SourceRegion> Regions => Annotated ? [Liver] : [];

        public override IEnumerable<string> Inputs => Files;

        public override IReadOnlyDictionary<string, string> Originals => new Dictionary<string, string>();

        public override (Volume Image, byte[] Labels, OrganBits Annotated) Read(RegionMapping mapping, CaseNotes notes)
        {
            Reads++;
            if (Fails?.Invoke() is { } e)
                throw e;
            byte[] labels = new byte[Grid.Voxels];
            labels[3] = 1;
            return (new Volume(Grid, [.. Enumerable.Range(0, 24).Select(i => (float)(i + origin[^1]))]), labels, mapping.OrgansOf(Regions));
        }
    }
}
