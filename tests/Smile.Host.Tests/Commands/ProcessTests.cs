using System.Diagnostics;
using System.Globalization;

namespace Smile.Host.Tests.Commands;

/// <summary>The real program in a process of its own, stopped by signals.</summary>
public sealed class ProcessTests : IDisposable
{
    private const int SIGINT = 2, SIGKILL = 9, SIGTERM = 15;

    private readonly TinyDataset _data = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-process-").FullName;

    // Two SMILEr rounds, at steps 30 and 45; a checkpoint every 7 steps, so that most kills lose some.
    private readonly string[] _settings =
    [
        "--method", "smiler", "--steps", "60", "--seed", "5", "--threads", "1", "--device", "scalar",
        "--set", "model.width=8", "--set", "train.size=24", "--set", "train.batch=4", "--set", "augment.shift=2",
        "--set", "run.save_every=7", "--set", "run.validate_every=20",
    ];

    public ProcessTests() => File.WriteAllText(
        Path.Combine(_data.Folder, "annotations.json"), """{ "case_0": ["liver"], "case_1": ["stomach"] }""");

    public void Dispose()
    {
        _data.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Killed_at_any_step_a_run_resumes_to_the_same_bits()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent through kill(1)");
        string whole = Path.Combine(_folder, "whole"), killed = Path.Combine(_folder, "killed");
        Assert.Equal(0, SmileCli.Run(["train", "--data", _data.Folder, "-o", whole, .. _settings]).ExitCode);

        string[] start = ["train", "--data", _data.Folder, "-o", killed, .. _settings], resume = ["train", "--resume", "-o", killed];
        foreach (int step in new[] { 2, 12, 31, 50 })
        {
            bool isRun = File.Exists(Path.Combine(killed, "config.json"));
            using var process = Start(isRun ? resume : start);
            WaitForStep(process, killed, step);
            Send(process, SIGKILL);
            Assert.Equal(128 + SIGKILL, process.ExitCode);
        }

        var result = SmileCli.Run(resume);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(Final(whole), Final(killed));
        Assert.Equal(Enumerable.Range(1, 60), Steps(killed));
    }

    [Theory]
    [InlineData(SIGINT, 130)]
    [InlineData(SIGTERM, 143)]
    public void A_signal_saves_the_state_and_prints_the_resume_command(int signal, int exitCode)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent through kill(1)");
        Assert.SkipWhen(signal == SIGINT && Ignores(SIGINT), "this process was started with SIGINT ignored, and so are its children");
        string run = Path.Combine(_folder, "run");
        using var process = Start(["train", "--data", _data.Folder, "-o", run, .. _settings]);
        WaitForStep(process, run, 10);
        Send(process, signal);
        string error = process.StandardError.ReadToEnd();
        Assert.Equal(exitCode, process.ExitCode);
        Assert.Contains($"smile train --resume --output {run}", error, StringComparison.Ordinal);
        int saved = Steps(run).Last();
        var resumed = SmileCli.Run("train", "--resume", "-o", run);
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        // Nothing was lost: the run went on at the step that had been made last.
        Assert.Contains($"resumed at step {saved} of 60", resumed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupted_demo_exits_130_and_promises_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent through kill(1)");
        Assert.SkipWhen(Ignores(SIGINT), "this process was started with SIGINT ignored, and so are its children");
        string demo = Path.Combine(_folder, "demo");
        using var process = Start(["demo", "--quick", "-o", demo]);
        WaitForStep(process, Path.Combine(demo, "baseline"), 1);
        Send(process, SIGINT);
        Assert.Equal(130, process.ExitCode);
        Assert.DoesNotContain("--resume", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Results_go_to_the_standard_output_and_progress_to_the_error_stream()
    {
        using var process = Start(["phantom", "-o", Path.Combine(_folder, "phantom"), "-n", "1", "--size", "12x48x48"]);
        string error = process.StandardError.ReadToEnd(), output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.StartsWith(Path.Combine(_folder, "phantom"), output, StringComparison.Ordinal);
        Assert.Contains("phantoms: done", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error);
    }

    private static byte[] Final(string run) => File.ReadAllBytes(Path.Combine(run, "checkpoints", "final.safetensors"));

    private static Process Start(string[] args)
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "smile.exe" : "smile");
        return Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    /// <summary>Waits until the log holds the step; fails where the process ends before.</summary>
    private static void WaitForStep(Process process, string run, int step)
    {
        while (!Steps(run).Any(s => s >= step))
        {
            Assert.False(process.HasExited, $"ended before step {step}");
            Thread.Sleep(2);
        }
    }

    private static IEnumerable<int> Steps(string run)
    {
        string log = Path.Combine(run, "log.jsonl");
        if (!File.Exists(log))
            return [];
        using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n').SkipLast(1).Where(line => line.Contains("\"kind\":\"step\"", StringComparison.Ordinal))
            .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32())];
    }

    private static void Send(Process process, int signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        process.WaitForExit();
    }

    private static bool Ignores(int signal)
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal));
        return (ulong.Parse(line[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1) & 1) != 0;
    }
}
