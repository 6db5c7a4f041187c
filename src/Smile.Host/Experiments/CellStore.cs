using System.Text.Json;
using Smile.Net;
using Smile.Net.Runs;

namespace Smile.Host.Experiments;

/// <summary>
/// A study's folder: study.json (the plan), cells/ID.json (each finished cell), work/ID/ (the run folder of a cell that is not
/// finished). Several processes and machines may share it.
/// </summary>
internal sealed class CellStore(string folder)
{
    private Dictionary<string, CellResult>? _concluded;

    public string Folder => folder;

    /// <summary>The plan and what the figures need besides the cells.</summary>
    public string Record => Path.Combine(folder, "study.json");

    private Dictionary<string, CellResult> Concluded => _concluded ??= File.Exists(Path.Combine(folder, StudyFiles.All))
        ? ReadJson(Path.Combine(folder, StudyFiles.All), StudyJson.Default.StoredCells).Cells
            .Where(cell => cell.SameAs is null).ToDictionary(c => c.Id, StringComparer.Ordinal)
        : [];

    private string CellFolder => Path.Combine(folder, "cells");

    private string WorkFolder => Path.Combine(folder, "work");

    /// <summary>Makes the folder.</summary>
    /// <exception cref="DataException">It cannot be made.</exception>
    /// <exception cref="ConfigException">It holds something other than a study.</exception>
    public void Make()
    {
        // Another process may have begun the same study, and be writing its plan at this moment: under a longer name, until it is whole.
        if (Directory.Exists(folder) && !File.Exists(Record) && Directory.EnumerateFileSystemEntries(folder).Any(IsForeign))
            throw new ConfigException($"--output {folder}: holds something other than a study. Name another folder.");
        try
        {
            Directory.CreateDirectory(CellFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: cannot be made: {e.Message} Name another folder.", e);
        }
    }

    private bool IsForeign(string entry) =>
        entry != CellFolder && entry != WorkFolder && !entry.StartsWith(Record, StringComparison.Ordinal);

    /// <summary>The run folder of a cell.</summary>
    public RunFolder Work(Cell cell) => new(Path.Combine(WorkFolder, cell.Id));

    /// <summary>
    /// The finished cell with this key; null where there is none, or it was made with other settings or data. A study that is kept without
    /// its cells' files has them, but for the pictures, in results.json.
    /// </summary>
    /// <exception cref="DataException">The file is damaged.</exception>
    public CellResult? Find(string id, string key)
    {
        string path = PathOf(id);
        CellResult? result = File.Exists(path) ? ReadJson(path, StudyJson.Default.CellResult)
            : Directory.Exists(CellFolder) ? null
            : Concluded.GetValueOrDefault(id);
        return result?.Key == key ? result : null;
    }

    public void Store(CellResult result) =>
        AtomicFile.WriteText(PathOf(result.Id), JsonSerializer.Serialize(result, StudyJson.Default.CellResult) + "\n");

    /// <summary>
    /// Claims a cell for this process until disposed; null where another one has it. The claim is a lock that the system drops when the
    /// process dies. On a shared folder whose file system has no such locks, use --shard.
    /// </summary>
    public IDisposable? Claim(Cell cell)
    {
        Directory.CreateDirectory(WorkFolder);
        try
        {
            // The file stays: were it deleted, one process could hold the old file and another a new one.
            return new FileStream(Path.Combine(WorkFolder, cell.Id + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Deletes a cell's run folder.</summary>
    public void Discard(Cell cell)
    {
        string path = Work(cell).Path;
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    /// <summary>study.json.</summary>
    /// <exception cref="ConfigException">The folder holds no study.</exception>
    /// <exception cref="DataException">The file is damaged.</exception>
    public StudyRecord ReadRecord() => File.Exists(Record)
        ? ReadJson(Record, StudyJson.Default.StudyRecord)
        : throw new ConfigException($"{folder}: holds no study (no {Path.GetFileName(Record)}). Name the --output of 'smile experiment'.");

    /// <summary>Writes study.json; over that of the same study, whose settings and cells may have changed.</summary>
    /// <exception cref="ConfigException">
    /// The folder holds a study of other data or of another preset, whose finished cells would be overwritten.
    /// </exception>
    public void WriteRecord(StudyRecord record)
    {
        if (File.Exists(Record) && ReadRecord() is var there && (there.Name, there.DataHash) != (record.Name, record.DataHash))
            throw new ConfigException($"{folder}: holds the study '{there.Name}' of {there.Data}; "
                + "its finished cells would be overwritten by the study "
                + $"'{record.Name}' of {record.Data}. Name another folder.");
        AtomicFile.WriteText(Record, JsonSerializer.Serialize(record, StudyJson.Default.StudyRecord) + "\n");
    }

    private static T ReadJson<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), type)
                ?? throw new DataException($"{path}: is empty. Delete it and run the study again.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new DataException($"{path}: {e.Message} Delete it and run the study again.", e);
        }
    }

    private string PathOf(string id) => Path.Combine(CellFolder, id + ".json");
}
