using Smile.Net.Relabel;

namespace Smile.Net.Runs;

/// <summary>Takes a finished or stopped SMILEr run back to where it stood before a round.</summary>
public static class RoundUndo
{
    /// <summary>
    /// Labels, weights, moments, best checkpoint, ledger and log are again what they were when the round began, bit for bit; the round's
    /// folder and those after it, and the final checkpoint, are deleted. The run is marked so that it makes no further round: resumed, it
    /// trains to the end of its budget on the labels that are left. Killed, the same call goes on.
    /// </summary>
    /// <param name="folder">The run's.</param>
    /// <param name="round">t, from 1.</param>
    /// <returns>Updates done before the round.</returns>
    /// <exception cref="ConfigException">The run made no such round, or another process trains in the folder.</exception>
    /// <exception cref="DataException">A file is missing, damaged, or cannot be written.</exception>
    public static int Undo(RunFolder folder, int round)
    {
        using IDisposable claim = folder.Claim();
        LabelLedger ledger = LabelLedger.Read(folder.Ledger);
        bool begun = Directory.Exists(folder.Round(round)) && Checkpoint.Read(folder.Latest).State.RoundsEnded;
        if (round < 1 || (round > ledger.LastRound && !begun))
            throw new ConfigException($"{folder.Path}: has no round {round}: {ledger.Rounds}.");
        if (File.Exists(folder.BeforeRound(round)))
        {
            RunState before = Checkpoint.Read(folder.BeforeRound(round)).State with { RoundsEnded = true };
            Checkpoint.Copy(folder.BeforeRound(round), folder.Latest, before);
            if (File.Exists(folder.BestBeforeRound(round)))
                AtomicFile.Copy(folder.BestBeforeRound(round), folder.Best);
            else
                File.Delete(folder.Best);
        }

        Checkpoint latest = Checkpoint.Read(folder.Latest);
        if (latest.State.Stage >= round)
            throw new DataException($"{folder.BeforeRound(round)}: is missing; without it the round cannot be undone.");
        File.Delete(folder.Final);
        ledger.Before(round).Write(folder.Ledger);
        RunLog.Open(folder.Log, latest.State.Step, latest.State.Stage, latest.Organs).Dispose();
        for (int t = Math.Max(round, ledger.LastRound); t >= round; t--)
            if (Directory.Exists(folder.Round(t)))
                RunFolder.Delete(folder.Round(t));
        return latest.State.Step;
    }
}
