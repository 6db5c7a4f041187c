using System.Globalization;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Settings;

namespace Smile.Net.Runs;

/// <summary>Where a run keeps what (docs/data.md lists the files).</summary>
public sealed class RunFolder(string path)
{
    public string Path { get; } = path;

    /// <summary>All settings, resolved; its presence makes the folder a run.</summary>
    public string Config => In("config.json");

    /// <summary>The same as TOML, each setting with what it means, to read and to begin another run from.</summary>
    public string Toml => In("settings.toml");

    public string Manifest => In("manifest.json");

    public string Log => In("log.jsonl");

    /// <summary>Which cases train and which validate, as nnU-Net writes it.</summary>
    public string Splits => In("splits_final.json");

    /// <summary>Weights, moments and position: what a run resumes from.</summary>
    public string Latest => In("checkpoints", "latest.safetensors");

    /// <summary>Weights of the best validation so far; absent where nothing is validated.</summary>
    public string Best => In("checkpoints", "best.safetensors");

    /// <summary>Weights of the last step.</summary>
    public string Final => In("checkpoints", "final.safetensors");

    /// <summary>What SMILEr round <paramref name="round"/> labelled.</summary>
    public string Round(int round) => In("rounds", string.Create(CultureInfo.InvariantCulture, $"t{round}"));

    /// <summary>The round's pseudo labels, a word of organ bits a voxel, by case.</summary>
    public string Pseudo(int round) => System.IO.Path.Combine(Round(round), "pseudo.safetensors");

    /// <summary>The run as it was before the round, with moments: what an undone round goes back to.</summary>
    public string BeforeRound(int round) => System.IO.Path.Combine(Round(round), "before.safetensors");

    /// <summary>The best checkpoint as it was before the round; absent where there was none.</summary>
    public string BestBeforeRound(int round) => System.IO.Path.Combine(Round(round), "before_best.safetensors");

    /// <summary>Where each label comes from (<see cref="LabelLedger"/>); SMILEr's runs have one.</summary>
    public string Ledger => In(LabelLedger.FileName);

    /// <summary>The settings of the run in the folder.</summary>
    /// <exception cref="ConfigException">There is no run, or its settings cannot be read.</exception>
    public RunSettings ReadSettings()
    {
        try
        {
            return RunSettings.FromText(File.ReadAllText(Config), Config);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"{Config}: cannot be read: {e.Message} Name the folder of a run.", e);
        }
    }

    /// <summary>Writes the settings, for people first: once <see cref="Config"/> is there, the folder is a run.</summary>
    internal void WriteSettings(RunSettings settings)
    {
        AtomicFile.WriteText(Toml, settings.ToToml());
        AtomicFile.WriteText(Config, settings.ToText());
    }

    /// <summary>Which cases of the run train and which are held out.</summary>
    /// <param name="cases">There are, each with its patient.</param>
    /// <exception cref="DataException">The file cannot be read, or names other cases.</exception>
    public Split ReadSplit(IEnumerable<(string Id, string? Group)> cases) => Data.Splits.Read(Splits, cases) is [Split one]
        ? one
        : throw new DataException($"{Splits}: one split is expected, that of the run. Restore the file, or start a new run.");

    /// <summary>
    /// Whether there is a run that anything would be lost of: one with a checkpoint after an update, or with one that cannot be read.
    /// </summary>
    internal bool HasTrained
    {
        get
        {
            if (!File.Exists(Config))
                return false;
            if (File.Exists(Best) || File.Exists(Final))
                return true;
            try
            {
                return File.Exists(Latest) && Checkpoint.Read(Latest).State.Step > 0;
            }
            catch (DataException)
            {
                return true;
            }
        }
    }

    /// <summary>Refuses a folder that can never be made, because a file is in its way; makes nothing.</summary>
    /// <exception cref="DataException">There is a file.</exception>
    internal void DemandPlace()
    {
        string? at = System.IO.Path.GetFullPath(Path);
        while (at is not null && !Directory.Exists(at))
        {
            if (File.Exists(at))
                throw new DataException($"{Path}: cannot be made: {at} is a file. Name another folder.");
            at = System.IO.Path.GetDirectoryName(at);
        }
    }

    /// <summary>Deletes what a run left that trained nothing; the settings last, so that a run is there until nothing else is.</summary>
    /// <exception cref="DataException">A file cannot be deleted.</exception>
    internal void Clear()
    {
        try
        {
            foreach (string file in (string[])[.. Directory.GetFiles(Path, EventFile.Prefix + "*"), Latest, Log, Ledger, Toml])
                File.Delete(file);
            if (Directory.Exists(In("rounds")))
                Delete(In("rounds"));
            File.Delete(Config);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{Path}: what an earlier try left cannot be deleted: {e.Message} Name another folder.", e);
        }
    }

    /// <summary>Keeps the folder for this process until disposed; the system drops the claim when the process dies.</summary>
    /// <exception cref="ConfigException">Another process trains in it, or it cannot be written to.</exception>
    public IDisposable Claim()
    {
        string path = In("run.lock");
        try
        {
            // The file stays: were it deleted, one process could hold the old file and another a new one.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"{path}: cannot be locked: {e.Message} If another process trains in this folder, "
                + "wait for it or name another folder.", e);
        }
    }

    internal static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: cannot be deleted: {e.Message}", e);
        }
    }

    internal static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: cannot be made: {e.Message} Name another folder.", e);
        }
    }

    private string In(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);
}
