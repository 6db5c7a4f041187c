using System.Runtime.InteropServices;
using SharpFuzz;
using SharpFuzz.Common;

namespace Smile.Fuzz;

/// <summary>
/// Which branches an input took, and how often, as afl-fuzz counts them: SharpFuzz writes into the readers' assemblies, before they
/// are loaded, code that counts each step from block to block in a map of 64 Ki bytes.
/// </summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    /// <summary>Of each count, one bit: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more.</summary>
    private static readonly byte[] _classes = [.. Enumerable.Range(0, 256).Select(count => (byte)(count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    }))];

    private readonly byte[] _seen = new byte[Size];

    /// <summary>Steps seen so far, each counted once for every class of counts.</summary>
    public int Total { get; private set; }

    /// <summary>Rewrites assemblies that are not loaded yet; those that are rewritten already stay.</summary>
    public static void Instrument()
    {
        // Code may run that counts before anything is to be counted.
        Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(Size);
        foreach ((string file, string[] parts) in new[] { ("smile.dll", new[] { "Smile.Host.Imaging", "Smile.Host.Import" }),
            ("Smile.Net.dll", ["Smile.Net.Data"]) })
        {
            string path = Path.Combine(AppContext.BaseDirectory, file);
            if (File.ReadAllBytes(path).AsSpan().IndexOf("SharpFuzz.Common"u8) < 0)
                Fuzzer.Instrument(path, type => parts.Any(part => type.StartsWith(part + '.', StringComparison.Ordinal)), Options.Value);
        }
    }

    public static void Clear()
    {
        Trace.PrevLocation = 0;
        new Span<byte>(Trace.SharedMem, Size).Clear();
    }

    /// <summary>Adds what was counted since <see cref="Clear"/>; true where some of it is new.</summary>
    public bool Add()
    {
        int before = Total;
        var counts = new ReadOnlySpan<byte>(Trace.SharedMem, Size);
        for (int at = 0; (at = Next(counts, at)) < Size; at++)
        {
            byte bit = _classes[counts[at]];
            if ((_seen[at] & bit) != 0)
                continue;
            _seen[at] |= bit;
            Total++;
        }

        return Total > before;
    }

    /// <summary>What was counted since <see cref="Clear"/>, a number for each step and class.</summary>
    public static int[] Steps()
    {
        var counts = new ReadOnlySpan<byte>(Trace.SharedMem, Size);
        var steps = new List<int>();
        for (int at = 0; (at = Next(counts, at)) < Size; at++)
            steps.Add(at << 8 | _classes[counts[at]]);
        return [.. steps];
    }

    private static int Next(ReadOnlySpan<byte> counts, int from)
    {
        int next = counts[from..].IndexOfAnyExcept((byte)0);
        return next < 0 ? Size : from + next;
    }
}
