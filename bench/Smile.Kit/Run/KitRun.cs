using System.Diagnostics;
using Smile.Bench;
using Smile.Kit.Expected;
using Smile.Kit.Measure;
using Smile.Kit.Report;
using Smile.Net.Settings;

namespace Smile.Kit.Run;

/// <summary>
/// A run of the kit: stage after stage, each to its share of the time, each measurement in a process of its own. What a stage leaves of its
/// time is the next one's; what there is no time for is skipped by a line that says so.
/// </summary>
internal sealed class KitRun
{
    /// <summary>Where in the time the stages have to end: tests, steps, kernels, tools; the demo has the rest.</summary>
    private const double TestsEnd = 0.25, StepsEnd = 0.6, KernelsEnd = 0.72, ToolsEnd = 0.85;

    private const string Bf16 = "bf16";

    /// <summary>Precisions, the most telling first.</summary>
    private static readonly string[] _precisions = [Bf16, Precisions.Fp32, "tf32"];

    private readonly KitOptions _options;
    private readonly ResultLines _lines;
    private readonly Child _child;
    private readonly Peer _peer;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private bool _right = true;

    private KitRun(KitOptions options)
    {
        _options = options;
        _lines = new ResultLines(options.Output);
        _child = new Child(options.Output);
        _peer = new Peer(_child, _lines);
    }

    /// <summary>0; 4 where there is no device, 6 where a result is wrong, a process failed or was ended.</summary>
    public static int Run(KitOptions options)
    {
        Directory.CreateDirectory(options.Output);
        string caches = Path.Combine(options.Output, "cache");
        Environment.SetEnvironmentVariable("SMILE_CACHE", Path.Combine(caches, "smile"));
        Environment.SetEnvironmentVariable("CUDA_CACHE_PATH", Path.Combine(caches, "cuda"));
        return new KitRun(options).Run();
    }

    private int Run()
    {
        _lines.Add("kit", new
        {
            Commit = KitExpected.Commit(_options.Size),
            Size = _options.Size.Name,
            _options.Minutes,
            Started = $"{DateTime.UtcNow:u}",
            Processor = Machine.Processor(),
            Environment.ProcessorCount,
        });
        Start("devices and driver");
        if (!One("devices", "devices", TestsEnd, "devices", _options.Output))
        {
            KitReport.Write(_options, _lines);
            Console.Error.WriteLine(_lines.Read().Select(line => (string?)line["reason"]).LastOrDefault(reason => reason is not null));
            return 4;
        }

        Tool("nvidia-smi", "nvidia-smi", ["-q"], TestsEnd);
        Start("operations' tests");
        One("tests", "tests", TestsEnd, "tests", _options.Size.Name, _options.Output);
        Start("training steps");
        Steps();
        Start("kernels");
        foreach (string precision in _precisions)
            One("kernels", $"kernels-{precision}", KernelsEnd, "kernels", _options.Size.Name, precision, _options.Output);
        Start("ncu and compute-sanitizer");
        Tools();
        Start("demo");
        Demo();
        Console.WriteLine($"{(_right ? "All is right" : "SOMETHING IS WRONG")}; results: {KitReport.Write(_options, _lines)}");
        return _right ? 0 : 6;
    }

    private void Start(string stage)
    {
        string? written = KitReport.Write(_options, _lines);
        Console.WriteLine($"{_watch.Elapsed:mm\\:ss} {stage}{(written is null ? "" : $" (so far: {written})")}");
    }

    private TimeSpan Left(double share) => TimeSpan.FromMinutes(_options.Minutes * share) - _watch.Elapsed;

    /// <summary>This program once; false where it failed. A line says so where it was skipped, ended or failed.</summary>
    private bool One(string stage, string log, double until, params string[] arguments)
    {
        TimeSpan left = Left(until);
        string what = string.Join(' ', arguments.Where(argument => argument != _options.Output));
        if (left <= TimeSpan.Zero)
        {
            _lines.Add(stage, new { What = what, Skipped = "no time left" });
            return true;
        }

        ChildEnd end = _child.Self(log, left, arguments);
        if (end.Exit is null)
            _lines.Add(stage, new { What = what, Skipped = $"ended after {end.Seconds:F0} s: no time left" });
        else if (end.Exit != 0)
            _lines.Add(stage, new { What = what, Failed = end.Exit, end.Output });
        bool good = end.Exit is null or 0;
        _right &= good;
        return good;
    }

    /// <summary>
    /// Each step, PyTorch's beside it, ours again: the ratio is of the medians of both. Then the compiled forms of PyTorch's, which take
    /// their minute, as far as the time goes.
    /// </summary>
    private void Steps()
    {
        bool peer = _peer.Find(Left(StepsEnd));
        foreach ((int number, string precision) in Combinations())
        {
            Ours(number, precision, "");
            if (peer && _peer.Measure(_options.Size.Steps[number], precision, ["eager"], Left(StepsEnd)))
                Ours(number, precision, StepMeasurement.Turn);
        }

        foreach ((int number, string precision) in peer ? Combinations() : [])
            if (Left(StepsEnd) > TimeSpan.Zero
                && _peer.Measure(_options.Size.Steps[number], precision, ["eager", "compiled", "reduce-overhead"], Left(StepsEnd)))
                Ours(number, precision, StepMeasurement.Turn);
    }

    private IEnumerable<(int Number, string Precision)> Combinations() =>
        Enumerable.Range(0, _options.Size.Steps.Count).SelectMany(_ => _precisions, (number, precision) => (number, precision));

    private void Ours(int number, string precision, string mode) =>
        One("steps", "steps", StepsEnd, "step", _options.Size.Name, $"{number}", precision, _options.Output, mode);

    private void Tools()
    {
        string self = Environment.ProcessPath!;
        foreach (string tool in (string[])["memcheck", "racecheck", "synccheck", "initcheck"])
            Tool("compute-sanitizer", $"sanitizer-{tool}",
                ["--tool", tool, "--error-exitcode", "9", self, "kernels", "tiny", Bf16, Aside(tool), "short"], ToolsEnd);
        foreach (string precision in _precisions)
            Tool("ncu", $"ncu-{precision}",
                ["--clock-control", "none", "--section", "SpeedOfLight", "--section", "Occupancy", "--section", "LaunchStats",
                    "--section", "MemoryWorkloadAnalysis", "--csv", "--launch-count", "200", self, "kernels", _options.Size.Name, precision,
                    Aside($"ncu-{precision}"), "short"], ToolsEnd);
    }

    /// <summary>A folder for the lines of a measurement that a tool slows down: they are not the run's.</summary>
    private string Aside(string name) => Directory.CreateDirectory(Path.Combine(_options.Output, "aside", name)).FullName;

    private void Tool(string tool, string log, IEnumerable<string> arguments, double until)
    {
        TimeSpan left = Left(until);
        string installed = Path.Combine("/usr/local/cuda/bin", tool);
        ChildEnd? end = left <= TimeSpan.Zero ? new ChildEnd(null, 0, "")
            : _child.Program(log, left, File.Exists(installed) ? installed : tool, arguments, [], null);
        if (end is null)
            _lines.Add("tools", new { Tool = log, Skipped = $"{tool} is not here" });
        else if (end.Exit is null)
            _lines.Add("tools", new { Tool = log, Skipped = "no time left", end.Seconds });
        else
            _lines.Add("tools", new { Tool = log, end.Exit, end.Seconds, end.Output, Log = $"log/{log}.txt" });
        _right &= tool != "compute-sanitizer" || end?.Exit is null or 0;
    }

    /// <summary>The methods on the GPU and on the CPU; the first step of a process whose caches are empty, and of the next.</summary>
    private void Demo()
    {
        string size = _options.Size.Name, folder = _options.Output, caches = Path.Combine(folder, "cache", "start");
        (string? smile, string? cuda) = (Environment.GetEnvironmentVariable("SMILE_CACHE"),
            Environment.GetEnvironmentVariable("CUDA_CACHE_PATH"));
        Environment.SetEnvironmentVariable("SMILE_CACHE", Path.Combine(caches, "smile"));
        Environment.SetEnvironmentVariable("CUDA_CACHE_PATH", Path.Combine(caches, "cuda"));
        for (int i = 0; i < 2; i++)
            One("start", "start", 1, "step", size, "0", Bf16, folder, StepMeasurement.Start);
        Environment.SetEnvironmentVariable("SMILE_CACHE", smile);
        Environment.SetEnvironmentVariable("CUDA_CACHE_PATH", cuda);
        foreach (string device in (string[])["cuda", "cpu"])
            One("demo", $"demo-{device}", 1, "demo", size, device, folder);
    }
}
