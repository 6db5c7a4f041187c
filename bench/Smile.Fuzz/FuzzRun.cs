using System.Diagnostics;
using System.Globalization;
using Smile.Host.Tests.Imaging.Fuzz;
using Smile.Net;

namespace Smile.Fuzz;

/// <summary>
/// Damages inputs over and over, and keeps what reaches code, or a number of turns in a loop, that nothing before it reached, to damage
/// it further.
/// </summary>
internal sealed class FuzzRun(FuzzSandbox sandbox, string faults, ulong seed)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(20);

    private readonly List<(FuzzInput Input, int[] Steps)> _corpus = [];
    private readonly List<FuzzInput>[] _kept = [.. Enum.GetValues<FuzzKind>().Select(_ => new List<FuzzInput>())];
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly Coverage _coverage = new();
    private readonly Rng _rng = new(seed);
    private readonly long[] _ran = new long[Enum.GetValues<FuzzKind>().Length], _accepted = new long[Enum.GetValues<FuzzKind>().Length];

    public int Faults { get; private set; }

    /// <summary>Runs the seeds, then <paramref name="count"/> damaged inputs.</summary>
    public void Run(IReadOnlyList<FuzzInput> seeds, long count)
    {
        foreach (FuzzInput input in seeds)
            Try(input, keep: true);
        Console.WriteLine($"{seeds.Count} seeds, {_corpus.Count} of them sound or new, {_coverage.Total} steps");
        var mutator = new Mutator(_rng);
        var watch = Stopwatch.StartNew();
        TimeSpan shown = default;
        for (long n = 0; n < count; n++)
        {
            FuzzInput parent = Pick(), other = Pick(_rng.Next(4) == 0 ? null : parent.Kind);
            Try(mutator.Mutate(parent, other), keep: false);
            if (watch.Elapsed - shown < _interval && n + 1 < count)
                continue;
            shown = watch.Elapsed;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{n + 1} inputs, {shown.TotalSeconds:F0} s, {(n + 1) / shown.TotalSeconds:F0} a second; corpus {_corpus.Count}, {_coverage.Total} steps, {Faults} faults"));
        }

        foreach (FuzzKind kind in Enum.GetValues<FuzzKind>())
            Console.WriteLine($"{kind,-14} {_ran[(int)kind],8} inputs, {_accepted[(int)kind],8} accepted, {_corpus.Count(entry => entry.Input.Kind == kind),5} kept");
    }

    /// <summary>
    /// The smallest inputs that reach every step that any reached, then others that were kept, evenly, up to <paramref name="count"/>.
    /// </summary>
    public IReadOnlyList<FuzzInput> Reduced(int count)
    {
        var reached = new HashSet<int>();
        var chosen = new List<FuzzInput>();
        var left = new List<FuzzInput>();
        foreach ((FuzzInput input, int[] steps) in _corpus.OrderBy(entry => entry.Input.Bytes.Length))
        {
            int before = reached.Count;
            reached.UnionWith(steps);
            (reached.Count > before && chosen.Count < count ? chosen : left).Add(input);
        }

        int more = Math.Min(count - chosen.Count, left.Count);
        chosen.AddRange(Enumerable.Range(0, more).Select(i => left[(int)((long)i * left.Count / more)]));
        return [.. chosen.OrderBy(input => input.Kind)];
    }

    /// <summary>
    /// Of each kind as often as of any other, but for imports, which take as long as ten readings; and half of the time one of the latest,
    /// which nobody has built on yet.
    /// </summary>
    private FuzzInput Pick(FuzzKind? kind = null)
    {
        kind ??= (FuzzKind)(_rng.Next(4) == 0 ? _rng.Next(_kept.Length) : _rng.Next((int)FuzzKind.ImportedDicom));
        List<FuzzInput> of = _kept[(int)kind];
        int latest = Math.Min(of.Count, 16 + of.Count / 8);
        return of[_rng.Next(2) == 0 ? _rng.Next(of.Count) : of.Count - 1 - _rng.Next(latest)];
    }

    private void Try(FuzzInput input, bool keep)
    {
        _ran[(int)input.Kind]++;
        // What the process does not survive (a stack that is too deep, a codec's fault) is found here.
        File.WriteAllBytes(Path.Combine(faults, $"last-{input.Kind}"), input.Bytes);
        Coverage.Clear();
        try
        {
            using var watchdog = new Timer(_ => Hang(input), null, TimeSpan.FromSeconds(60), Timeout.InfiniteTimeSpan);
            _accepted[(int)input.Kind] += sandbox.Run(input) ? 1 : 0;
        }
        catch (FuzzFault fault)
        {
            Tell(input, fault.Message);
            return;
        }

        if (_coverage.Add() || keep)
        {
            _corpus.Add((input, Coverage.Steps()));
            _kept[(int)input.Kind].Add(input);
        }
    }

    /// <summary>Writes the input down; of faults with one first line the first three.</summary>
    private void Tell(FuzzInput input, string message)
    {
        Faults++;
        string head = message.Split('\n')[0], key = new([.. (head + message.Split('\n').FirstOrDefault(line => line.Contains(" at Smile.", StringComparison.Ordinal))).Where(c => !char.IsDigit(c))]);
        if (!_told.Add(key))
            return;
        string path = Path.Combine(faults, string.Create(CultureInfo.InvariantCulture, $"{_told.Count:D3}-{input.Kind}"));
        File.WriteAllBytes(path, input.Bytes);
        File.WriteAllText(path + ".txt", message);
        Console.WriteLine($"FAULT {path}: {head}");
    }

    private void Hang(FuzzInput input)
    {
        string path = Path.Combine(faults, $"hang-{input.Kind}");
        File.WriteAllBytes(path, input.Bytes);
        Console.WriteLine($"FAULT {path}: runs for a minute");
        Environment.Exit(6);
    }
}
