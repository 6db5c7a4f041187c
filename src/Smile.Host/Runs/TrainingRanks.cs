using Smile.Host.Cli;
using Smile.Kernels.Backend;
using Smile.Net;
using Smile.Net.Ranks;
using Smile.Net.Ranks.Mpi;
using Smile.Net.Relabel;
using Smile.Net.Runs;

namespace Smile.Host.Runs;

/// <summary>The ranks of a training, if mpirun or srun started several, from joining to leaving.</summary>
internal sealed class TrainingRanks
{
    private TrainingRanks(ICommunicator all, int onThisMachine) => (All, OnThisMachine) = (all, onThisMachine);

    /// <summary>All of them, this one among them.</summary>
    public ICommunicator All { get; }

    /// <summary>Those of this machine, which share its memory.</summary>
    public int OnThisMachine { get; }

    /// <summary>
    /// Runs one of the ranks. One that fails says why, by its number, and ends the others: they would wait for it for ever. Rank 0 alone
    /// tells how the run goes.
    /// </summary>
    public static int Run(Session session, Func<TrainingRanks, int> rank)
    {
        MpiLaunch launch = MpiLaunch.Current;
        if (launch.Size == 1)
            return rank(new TrainingRanks(NoRanks.Instance, 1));
        ICommunicator all = launch.Join(session.Stop);
        if (all.Rank > 0)
            session.LeaveWordsToRankZero();
        else
            session.Note($"{Words.Count(all.Size, "rank", "ranks")} train together");
        TakeDevice(launch);
        try
        {
            int exitCode = rank(new TrainingRanks(all, launch.LocalSize));
            all.Dispose();
            return exitCode;
        }
        catch (OperationCanceledException)
        {
            session.StopWithOthers();
            // Once the run is there all stop at one step, and rank 0 is to have saved it before any of them is gone.
            if (session.ResumeCommand is not null)
                all.Dispose();
            else
                all.Abort(ExitCodes.Terminated);
            throw;
        }
        catch (Exception e)
        {
            int exitCode = (e as SmileException)?.ExitCode ?? ExitCodes.Unexpected;
            string place = e.Message.StartsWith("rank ", StringComparison.Ordinal) ? "" : $"rank {all.Rank}: ";
            session.Error.WriteLine($"smile: error: {place}{e.Message}{(session.Verbose ? $"\n{e}" : "")}");
            session.Error.Flush();
            all.Abort(exitCode);
            return exitCode;
        }
    }

    /// <summary>Leaves the others, when all have come so far; whether this one goes on by itself.</summary>
    public bool Leave()
    {
        All.Dispose();
        return All.Rank == 0;
    }

    /// <summary>Where a machine has several GPUs, each of its ranks takes another as its "auto".</summary>
    private static void TakeDevice(MpiLaunch launch)
    {
        string[] devices = [.. Backends.List().Where(device => device.Available && device.Name.StartsWith("cuda", StringComparison.Ordinal))
            .Select(device => device.Name)];
        if (devices.Length > 1 && Environment.GetEnvironmentVariable(Backends.Variable) is null or "")
            Environment.SetEnvironmentVariable(Backends.Variable, devices[launch.LocalRank % devices.Length]);
    }
}

/// <summary>Hears of a run, and tells nobody.</summary>
internal sealed class NoListener : IRunListener
{
    /// <inheritdoc/>
    public void OnStep(in StepReport report)
    {
    }

    /// <inheritdoc/>
    public void OnRound(RoundReport report)
    {
    }

    /// <inheritdoc/>
    public void OnValidation(ValidationReport report)
    {
    }

    /// <inheritdoc/>
    public void OnMessage(string message)
    {
    }
}
