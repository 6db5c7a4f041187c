using System.Globalization;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;

namespace Smile.Host.Cases;

/// <summary>
/// The folder that <c>smile relabel</c> writes: label maps and page of the latest round, <see cref="LabelLedger.FileName"/>, and in
/// rounds/tN those of each round as they were. The ledger says which round is the latest; what lies beside it are copies that any command
/// puts right first.
/// </summary>
internal sealed class RelabelledFolder
{
    /// <summary>The page of a round, and the folder of its pictures, where one was asked for.</summary>
    public const string Page = "report.html", Pictures = "pictures";

    private readonly string _path;

    private RelabelledFolder(string path, LabelLedger ledger) => (_path, Ledger) = (path, ledger);

    public LabelLedger Ledger { get; private set; }

    /// <summary>Whether it is the folder of a training run, whose rounds are the run's.</summary>
    public static bool IsRun(string path) => File.Exists(new RunFolder(path).Config);

    /// <summary>Begins or goes on.</summary>
    /// <param name="path">Is made where absent.</param>
    /// <param name="dataset">The data set that is relabelled.</param>
    /// <exception cref="ConfigException">It is a run's, the data set's own, or holds rounds on other cases or annotations.</exception>
    public static RelabelledFolder Open(string path, Dataset dataset)
    {
        if (IsRun(path))
            throw new ConfigException($"{path}: is the folder of a training run. Name another folder.");
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (dataset.Training.Any(c => c.LabelPath is { } labels && Path.GetDirectoryName(Path.GetFullPath(labels)) == full))
            throw new ConfigException($"{path}: holds the data set's own label maps, which would be overwritten. Name another folder.");
        LabelFiles.MakeFolder(path);
        LabelLedger origin = LabelLedger.Origin(
            dataset.Training.Select(c => (c.Id, c.Annotated, default(OrganBits), c.Pseudo?.Organs ?? default)), dataset.Organs);
        if (!File.Exists(LedgerOf(path)))
            return new RelabelledFolder(path, origin);
        RelabelledFolder folder = Read(path);
        return folder.Ledger.Before(1).Entries.SequenceEqual(origin.Entries)
            ? folder
            : throw new ConfigException($"{path}: holds rounds on other cases or other annotations. "
                + $"Name another folder, or go back with --undo 1 and delete {LabelLedger.FileName}.");
    }

    /// <summary>Opens what is there.</summary>
    /// <exception cref="ConfigException">It is a data set.</exception>
    /// <exception cref="DataException">There is no ledger, or it is damaged.</exception>
    public static RelabelledFolder Read(string path)
    {
        if (File.Exists(Path.Combine(path, DatasetJson.FileName)))
            throw new ConfigException($"{path}: is a data set, not a folder of relabelled maps. Name another folder.");
        var folder = new RelabelledFolder(path, LabelLedger.Read(LedgerOf(path)));
        folder.Publish();
        return folder;
    }

    /// <summary>An empty folder for the next round's maps and its page.</summary>
    public string BeginRound()
    {
        string round = Round(Ledger.LastRound + 1);
        Delete(round);
        LabelFiles.MakeFolder(round);
        return round;
    }

    /// <summary>Takes the empty folder of a round away again that relabelled nothing.</summary>
    public void Abandon() => Delete(Round(Ledger.LastRound + 1));

    /// <summary>What was written is the round's.</summary>
    /// <param name="round">What it relabelled.</param>
    /// <param name="failed">Cases that it could not read: their labels stay what they were, and so do their maps.</param>
    public void Take(IEnumerable<LedgerEntry> round, IEnumerable<string> failed)
    {
        foreach (string map in failed.Select(id => id + ".nii.gz"))
        {
            string earlier = Path.Combine(Round(Ledger.LastRound), map);
            if (File.Exists(earlier))
                AtomicFile.Copy(earlier, Path.Combine(Round(Ledger.LastRound + 1), map));
        }

        Ledger = Ledger.With(round);
        Ledger.Write(LedgerOf(_path));
        Publish();
    }

    /// <summary>The labels are again what they were before the round, byte for byte; it and later rounds are deleted.</summary>
    /// <exception cref="ConfigException">There is no such round.</exception>
    public void Undo(int round)
    {
        int last = Ledger.LastRound;
        if (round < 1 || round > last)
            throw new ConfigException($"{_path}: has no round {round}: {Ledger.Rounds}.");
        Ledger = Ledger.Before(round);
        Ledger.Write(LedgerOf(_path));
        Publish();
        for (int t = last; t >= round; t--)
            Delete(Round(t));
    }

    /// <summary>Makes the maps and the page beside the ledger those of its latest round.</summary>
    private void Publish()
    {
        int last = Ledger.LastRound;
        string[] files = last == 0 ? [] : Files(Round(last));
        string pictures = Path.Combine(_path, Pictures);
        if (files.Any(file => Path.GetDirectoryName(file) == Pictures))
            LabelFiles.MakeFolder(pictures);
        foreach (string file in files)
            AtomicFile.Copy(Path.Combine(Round(last), file), Path.Combine(_path, file));
        // Nothing but what a round may have written is ever deleted.
        var maps = Ledger.Before(1).Entries.Select(entry => entry.Case + ".nii.gz").Append(LabelFiles.NamesFile).Append(Page);
        var others = Directory.Exists(Rounds) ? Directory.GetDirectories(Rounds).SelectMany(Files) : [];
        foreach (string stale in maps.Concat(others).Distinct(StringComparer.Ordinal).Except(files, StringComparer.Ordinal))
        {
            if (File.Exists(Path.Combine(_path, stale)))
                File.Delete(Path.Combine(_path, stale));
        }

        if (Directory.Exists(pictures) && !Directory.EnumerateFileSystemEntries(pictures).Any())
            Directory.Delete(pictures);
    }

    private string Rounds => Path.Combine(_path, "rounds");

    private string Round(int round) => Path.Combine(Rounds, string.Create(CultureInfo.InvariantCulture, $"t{round}"));

    /// <summary>By their paths in the round's folder.</summary>
    private static string[] Files(string round) => [.. Directory.GetFiles(round, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(round, file)).Order(StringComparer.Ordinal)];

    private static string LedgerOf(string path) => Path.Combine(path, LabelLedger.FileName);

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
