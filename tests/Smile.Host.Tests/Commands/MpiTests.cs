using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Smile.Host.Tests.Commands;

/// <summary>The real program under OpenMPI's mpirun: two processes train as one does. Skipped where mpirun is not installed.</summary>
public sealed class MpiTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly TinyDataset _data = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-mpi-").FullName;

    // Two rounds, at steps 30 and 45; a checkpoint every 7 steps.
    private readonly string[] _settings =
    [
        "--method", "smiler", "--steps", "60", "--seed", "5", "--threads", "1", "--device", "cpu",
        "--set", "model.width=4", "--set", "train.size=24", "--set", "train.batch=4", "--set", "train.leaf=2",
        "--set", "augment.shift=2", "--set", "run.save_every=7", "--set", "run.validate_every=25",
    ];

    public MpiTests() => File.WriteAllText(
        Path.Combine(_data.Folder, "annotations.json"), """{ "case_0": ["liver"], "case_1": ["stomach"] }""");

    public void Dispose()
    {
        _data.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Two_processes_end_with_the_bits_of_one_also_where_one_of_them_was_killed()
    {
        string one = Path.Combine(_folder, "one"), two = Path.Combine(_folder, "two"), killed = Path.Combine(_folder, "killed");
        var whole = SmileCli.Run(["train", "--data", _data.Folder, "-o", one, .. _settings]);
        Assert.True(whole.ExitCode == 0, whole.Error);

        using (Process process = Mpirun(["-n", "2", Smile, "train", "--data", _data.Folder, "-o", two, .. _settings]))
            Assert.True(Ended(process) == 0, process.StandardError.ReadToEnd());
        AssertSame(one, two);

        using (Process process = Mpirun(["-n", "2", Smile, "train", "--data", _data.Folder, "-o", killed, .. _settings]))
        {
            int rank = WaitForStep(process, killed, 9);
            var dying = Stopwatch.StartNew();
            using (var kill = Process.Start("kill", ["-9", rank.ToString(CultureInfo.InvariantCulture)]))
                kill.WaitForExit();
            Assert.NotEqual(0, Ended(process));
            WaitForRelease(Path.Combine(killed, "run.lock"), dying); // mpirun may be gone before the ranks that it ended
            Assert.True(dying.Elapsed < TimeSpan.FromSeconds(15), $"{dying.Elapsed} after a rank died");
        }

        var resumed = SmileCli.Run("train", "--resume", "-o", killed);
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Contains("resumed at step ", resumed.Error, StringComparison.Ordinal);
        AssertSame(one, killed);
    }

    [Fact]
    public void Ranks_that_differ_and_ranks_without_a_leaf_are_refused()
    {
        string run = Path.Combine(_folder, "run");
        string[] train = [Smile, "train", "--data", _data.Folder, "-o", run, .. _settings];
        using (Process process = Mpirun(["-n", "1", .. train, ":", "-n", "1", .. train, "--set", "train.lr=0.5"]))
        {
            Assert.Equal(2, Ended(process));
            Assert.Contains("rank 1: train.lr is 0.5; on rank 0 train.lr is ", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        }

        using (Process process = Mpirun(["-n", "2", .. train, "--set", "train.leaf=4"]))
        {
            Assert.Equal(2, Ended(process));
            Assert.Contains("Set train.leaf to 2 or less", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        }
    }

    private static string Smile => Path.Combine(AppContext.BaseDirectory, "smile");

    private static Process Mpirun(string[] arguments)
    {
        // A container has one user and, often, fewer cores than ranks.
        var start = new ProcessStartInfo("mpirun", ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("mpirun is not installed (openmpi-bin)");
            throw;
        }
    }

    /// <summary>Its exit code.</summary>
    private static int Ended(Process process)
    {
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        if (!process.WaitForExit(_patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"mpirun has not ended after {_patience}");
        }

        return process.ExitCode;
    }

    /// <summary>Waits until the log holds the step; gives the process of a rank that writes no log.</summary>
    private static int WaitForStep(Process mpirun, string run, int step)
    {
        string log = Path.Combine(run, "log.jsonl");
        while (!File.Exists(log) || Lines(log).Count(line => line.Contains("\"kind\":\"step\"", StringComparison.Ordinal)) < step)
        {
            Assert.False(mpirun.HasExited, $"ended before step {step}");
            Thread.Sleep(2);
        }

        string children = File.ReadAllText($"/proc/{mpirun.Id}/task/{mpirun.Id}/children");
        return children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))
            .Single(id => File.ReadAllText($"/proc/{id}/environ").Split('\0').Contains("OMPI_COMM_WORLD_RANK=1"));
    }

    /// <summary>Waits until no process holds the lock; no longer than is asserted anyway.</summary>
    private static void WaitForRelease(string path, Stopwatch since)
    {
        while (since.Elapsed < TimeSpan.FromSeconds(15))
        {
            try
            {
                using var free = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return;
            }
            catch (IOException)
            {
                Thread.Sleep(20);
            }
        }
    }

    private static string[] Lines(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n');
    }

    private static void AssertSame(string expected, string actual)
    {
        Assert.Equal(Hash(expected), Hash(actual));
        Assert.Equal(File.ReadAllBytes(Path.Combine(expected, "ledger.jsonl")), File.ReadAllBytes(Path.Combine(actual, "ledger.jsonl")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(expected, "rounds", "t2", "case_1.nii.gz")),
            File.ReadAllBytes(Path.Combine(actual, "rounds", "t2", "case_1.nii.gz")));

        static string Hash(string run) => Net.Weights.WeightsHash.OfFile(Path.Combine(run, "checkpoints", "final.safetensors"));
    }
}
