using System.Globalization;
using System.Text.Json;
using Smile.Net.Data;
using Smile.Net.Weights;

namespace Smile.Net.Runs;

/// <summary>
/// The pseudo labels of a round in a file: of each relabelled case the runs of its slices, in three tensors of words
/// for each mask word, those of the second named "1" and so on; and as many more, named
/// "absent", of the organs that the round takes for absent, where it does. Pseudo labels take some hundredths of a byte a voxel so, where
/// a word a voxel would take four.
/// </summary>
public sealed class PseudoFile : IDisposable
{
    // After the id of the case, which is part of a file's name and so has no slash.
    private const string Words = "/words", Lengths = "/lengths", Ends = "/ends", Absent = "/absent";

    private readonly Safetensors _file;

    private PseudoFile(Safetensors file) => _file = file;

    /// <summary>Writes the pseudo labels of cases.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(
        string path, OrganSet organs, IEnumerable<(string Case, OrganRuns Pseudo, OrganRuns? Absent)> cases) =>
        SafetensorsWriter.Write(path, cases.SelectMany(each => (TensorSource[])
            [.. AllTensors(each.Case, each.Pseudo), .. each.Absent is null ? [] : AllTensors(each.Case + Absent, each.Absent)]),
            new Dictionary<string, string> { ["organs"] = JsonSerializer.Serialize(organs.Names, RunJson.Default.IReadOnlyListString) });

    /// <summary>Opens a file.</summary>
    /// <exception cref="DataException">It cannot be opened, or is damaged.</exception>
    public static PseudoFile Open(string path) => new(Safetensors.Open(path));

    /// <summary>Whether the round relabelled a case.</summary>
    public bool Has(string caseId) => _file.TryGet(caseId + Words, out _);

    /// <summary>The pseudo labels of a case.</summary>
    /// <exception cref="DataException">The file has none of this case, or not of its size.</exception>
    public OrganRuns Read(CaseData data) => ReadAll(data, data.Id);

    /// <summary>The organs that the round takes for absent in a case, likewise.</summary>
    /// <exception cref="DataException">As of <see cref="Read(CaseData)"/>.</exception>
    public OrganRuns ReadAbsent(CaseData data) => ReadAll(data, data.Id + Absent);

    private OrganRuns ReadAll(CaseData data, string name)
    {
        var words = new List<SliceRuns<uint>> { Read(data, name) };
        while (_file.TryGet(Of(name, words.Count) + Words, out _))
            words.Add(Read(data, Of(name, words.Count)));
        return new OrganRuns([.. words]);
    }

    /// <summary>The name of a mask word.</summary>
    private static string Of(string name, int word) => word == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}/{word}");

    private static IEnumerable<TensorSource> AllTensors(string name, OrganRuns runs) =>
        Enumerable.Range(0, runs.Words).SelectMany(word => Tensors(Of(name, word), runs.Word(word)));

    private SliceRuns<uint> Read(CaseData data, string name)
    {
        if (!_file.TryGet(name + Words, out _))
            throw Bad(data.Id);
        uint[] lengths = _file.ReadWords(name + Lengths);
        int[] ends = Array.ConvertAll(_file.ReadWords(name + Ends), end => (int)Math.Min(end, int.MaxValue));
        if (ends.Length != data.Labels.Depth || lengths.Any(length => length > ushort.MaxValue))
            throw Bad(data.Id);
        uint[] words = _file.ReadWords(name + Words);
        return SliceRuns<uint>.From(data.Labels.Pixels, words, Array.ConvertAll(lengths, length => (ushort)length), ends)
            ?? throw Bad(data.Id);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static TensorSource[] Tensors(string id, SliceRuns<uint> pseudo)
    {
        uint[] words = pseudo.Runs(out ReadOnlySpan<ushort> lengths).ToArray();
        uint[] wide = Array.ConvertAll(lengths.ToArray(), length => (uint)length);
        uint[] ends = Array.ConvertAll(pseudo.Ends.ToArray(), end => (uint)end);
        return
        [
            TensorSource.Words(id + Words, [words.Length], () => words),
            TensorSource.Words(id + Lengths, [wide.Length], () => wide),
            TensorSource.Words(id + Ends, [ends.Length], () => ends),
        ];
    }

    private DataException Bad(string id) =>
        new($"{_file.Path}: the pseudo labels of '{id}' are missing or have not the case's size. Start a new run.");
}
