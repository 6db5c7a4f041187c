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
    // by variety
    private readonly Dictionary<string, List<FuzzInput>>[] _kept = [.. Enum.GetValues<FuzzKind>()
        .Select(_ => new Dictionary<string, List<FuzzInput>>(StringComparer.Ordinal))];
    // those of _kept that were accepted
    private readonly List<FuzzInput>[] _sound = [.. Enum.GetValues<FuzzKind>().Select(_ => new List<FuzzInput>())];
    private readonly SortedDictionary<(FuzzKind Kind, string Variety), Tally> _tallies = [];
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly Coverage _coverage = new();
    private readonly Rng _rng = new(seed);

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
                $"{n + 1} inputs, {shown.TotalSeconds:F0} s, {(n + 1) / shown.TotalSeconds:F0} a second; "
                    + $"corpus {_corpus.Count}, {_coverage.Total} steps, {Faults} faults"));
        }

        foreach (var kind in _tallies.GroupBy(tally => tally.Key.Kind))
        {
            Console.WriteLine($"{kind.Key,-62} {kind.Sum(tally => tally.Value.Ran),8} inputs, "
                + $"{kind.Sum(tally => tally.Value.Accepted),8} accepted, {kind.Sum(tally => tally.Value.Kept),6} kept");
            foreach (((_, string variety), Tally tally) in kind)
                Console.WriteLine($"  {variety,-60} {tally.Ran,8} inputs, {tally.Accepted,8} accepted, {tally.Kept,6} kept");
        }
    }

    /// <summary>
    /// As many of each kind, and within a kind of each variety, as there are: first the smallest inputs that reach every step that any of
    /// that variety reached, then others that were kept, evenly.
    /// </summary>
    public IReadOnlyList<FuzzInput> Reduced(int count)
    {
        var left = _corpus.GroupBy(entry => (entry.Input.Kind, entry.Input.Variety)).OrderBy(group => group.Key)
            .Select(group => (group.Key.Kind, Inputs: new Queue<FuzzInput>(Smallest([.. group])), Taken: new List<FuzzInput>())).ToArray();
        for (int taken = 0; taken < count && left.Any(variety => variety.Inputs.Count > 0); taken++)
        {
            var next = left.Where(variety => variety.Inputs.Count > 0).GroupBy(variety => variety.Kind)
                .MinBy(kind => left.Where(variety => variety.Kind == kind.Key).Sum(variety => variety.Taken.Count))!
                .MinBy(variety => variety.Taken.Count);
            next.Taken.Add(next.Inputs.Dequeue());
        }

        return [.. left.SelectMany(variety => variety.Taken)];
    }

    private static IEnumerable<FuzzInput> Smallest((FuzzInput Input, int[] Steps)[] inputs)
    {
        var reached = new HashSet<int>();
        var others = new List<FuzzInput>();
        foreach ((FuzzInput input, int[] steps) in inputs.OrderBy(entry => entry.Input.Bytes.Length))
        {
            int before = reached.Count;
            reached.UnionWith(steps);
            if (reached.Count > before)
                yield return input;
            else
                others.Add(input);
        }

        // Every 64th, then every 32nd, ...: however many are taken, they are spread.
        for (int step = 64; step > 0; step /= 2)
        {
            for (int i = 0; i < others.Count; i += step)
            {
                if (step == 64 || i / step % 2 == 1)
                    yield return others[i];
            }
        }
    }

    /// <summary>
    /// Of each kind as often as of any other, but for imports, which take as long as ten readings. Within it half of the time one that was
    /// read, from which damage gets farther, and half of the time of each variety as often as of any other; in both, half of the time one
    /// of the latest, which nobody has built on yet.
    /// </summary>
    private FuzzInput Pick(FuzzKind? kind = null)
    {
        kind ??= (FuzzKind)(_rng.Next(4) == 0 ? _rng.Next(_kept.Length) : _rng.Next((int)FuzzKind.ImportedDicom));
        List<FuzzInput>[] varieties = [.. _kept[(int)kind].Values];
        List<FuzzInput> of = _rng.Next(2) == 0 && _sound[(int)kind].Count > 0 ? _sound[(int)kind] : varieties[_rng.Next(varieties.Length)];
        int latest = Math.Min(of.Count, 16 + of.Count / 8);
        return of[_rng.Next(2) == 0 ? _rng.Next(of.Count) : of.Count - 1 - _rng.Next(latest)];
    }

    private void Try(FuzzInput input, bool keep)
    {
        (FuzzKind, string) variety = (input.Kind, input.Variety);
        if (!_tallies.TryGetValue(variety, out Tally? tally))
            _tallies.Add(variety, tally = new Tally());
        tally.Ran++;
        // What the process does not survive (a stack that is too deep, a codec's fault) is found here.
        File.WriteAllBytes(Path.Combine(faults, $"last-{input.Kind}"), input.Bytes);
        Coverage.Clear();
        bool accepted;
        try
        {
            using var watchdog = new Timer(_ => Hang(input), null, TimeSpan.FromSeconds(60), Timeout.InfiniteTimeSpan);
            accepted = sandbox.Run(input);
        }
        catch (FuzzFault fault)
        {
            Tell(input, fault.Message);
            return;
        }

        tally.Accepted += accepted ? 1 : 0;
        if (_coverage.Add() || keep)
        {
            if (accepted)
                _sound[(int)input.Kind].Add(input);
            _corpus.Add((input, Coverage.Steps()));
            if (!_kept[(int)input.Kind].TryGetValue(variety.Item2, out List<FuzzInput>? alike))
                _kept[(int)input.Kind].Add(variety.Item2, alike = []);
            alike.Add(input);
            tally.Kept++;
        }
    }

    /// <summary>Writes the input down; of faults with one first line the first three.</summary>
    private void Tell(FuzzInput input, string message)
    {
        Faults++;
        string[] lines = message.Split('\n');
        string head = lines[0], place = lines.FirstOrDefault(line => line.Contains(" at Smile.", StringComparison.Ordinal)) ?? "";
        string key = string.Concat((head + place).Where(c => !char.IsDigit(c)));
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

    private sealed class Tally
    {
        public long Ran { get; set; }

        public long Accepted { get; set; }

        public long Kept { get; set; }
    }
}
