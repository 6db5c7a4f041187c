using System.Runtime.InteropServices;
using Smile.Kernels.Hashing;

namespace Smile.Kit.OnGpu;

/// <summary>
/// The bits that the emulator left in each operand of each run of the operations' tests, as hashes: a line "test, run, operand, hash", with
/// tabs between. They are recorded where the kit is made, and compared with a GPU's where it runs.
/// </summary>
internal sealed class OpBits
{
    private const int HashDigits = 16;

    private readonly SortedDictionary<string, string> _hashes = new(StringComparer.Ordinal);

    /// <summary>How many there are.</summary>
    public int Count => _hashes.Count;

    /// <summary>Reads a file; null where there is none.</summary>
    public static OpBits? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        var bits = new OpBits();
        foreach (string line in File.ReadLines(path))
        {
            int end = line.LastIndexOf('\t');
            bits._hashes[line[..end]] = line[(end + 1)..];
        }

        return bits;
    }

    public void Write(string path)
    {
        lock (_hashes)
            File.WriteAllLines(path, _hashes.Select(entry => $"{entry.Key}\t{entry.Value}"));
    }

    public void Record(string test, int run, int operand, uint[] words)
    {
        string hash = Hash(words);
        lock (_hashes)
            _hashes.Add(Key(test, run, operand), hash);
    }

    /// <summary>Whether the words are those recorded; null where nothing is.</summary>
    public bool? Equal(string test, int run, int operand, uint[] words) =>
        _hashes.TryGetValue(Key(test, run, operand), out string? hash) ? hash == Hash(words) : null;

    private static string Key(string test, int run, int operand) => $"{test}\t{run}\t{operand}";

    private static string Hash(uint[] words) => Sha256.Of(MemoryMarshal.AsBytes<uint>(words))[..HashDigits];
}
