using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Host.Commands;

/// <summary><c>smile relabel --as-dataset</c> of a run: what it learns from since its latest round, as a data set.</summary>
internal static class RelabelExport
{
    /// <summary>Writes the data set.</summary>
    /// <param name="session">Shows progress.</param>
    /// <param name="run">The folder of a SMILEr run.</param>
    /// <param name="folders">Where its data sets are now; empty where they have not moved.</param>
    /// <param name="target">The folder to write to.</param>
    /// <exception cref="ConfigException">The run has made no round, trains just now, or the target holds anything.</exception>
    /// <exception cref="DataException">Images, labels or annotations are not those of the run, or a file cannot be read.</exception>
    public static int Write(Session session, string run, string[] folders, string target)
    {
        RelabelledDataset.Refuse(target);
        var folder = new RunFolder(run);
        using IDisposable claim = folder.Claim();
        RunSettings settings = folder.ReadSettings();
        if (settings.Train.Method != Methods.Smiler)
            throw new ConfigException($"{run}: is a run of --method {settings.Train.Method}, which makes no round. Name a SMILEr run.");
        LabelLedger ledger = LabelLedger.Read(folder.Ledger);
        int round = ledger.LastRound;
        if (round == 0)
            throw new ConfigException($"{run}: has no pseudo labels to write: {ledger.Rounds}.");
        var dataset = CaseLoader.Open(session, folders.Length > 0 ? folders : settings.Data.Folders);
        RunManifest manifest = RunManifest.Read(folder.Manifest);
        OrganBits kept = dataset.Organs.BitsOf(manifest.Organs);
        OrganSet organs = dataset.Organs.Keeping(kept);
        if (!organs.Names.SequenceEqual(manifest.Organs))
            throw new DataException($"{folder.Manifest}: the run's organs are {string.Join(", ", manifest.Organs)}; the data set has "
                + $"{string.Join(", ", dataset.Organs.Names)}. Name the run's data set by --data.");
        Split split = folder.ReadSplit(dataset.Training.Select(each => (each.Id, each.Group)));
        var trained = split.Train.ToHashSet(StringComparer.Ordinal);
        Case[] cases = [.. dataset.Training.Where(each => trained.Contains(each.Id) || split.Validation.Contains(each.Id))];
        ILookup<string, string> annotated = ledger.Before(1).Entries.Where(entry => entry.Source == LabelSources.Annotator)
            .ToLookup(entry => entry.Case, entry => entry.Organ, StringComparer.Ordinal);
        using PseudoFile rounds = PseudoFile.Open(folder.Pseudo(round));
        using var written = RelabelledDataset.Begin(target, organs, cases);
        int resampled = 0, hidden = 0;
        string hash = "";
        session.Work("writing the data set", cases.Length, work => hash = DataHash.Like(manifest.DataHash, organs, Written(work)));
        if (hash != manifest.DataHash)
            throw new DataException($"{folder.Manifest}: the run was made from other images, labels or annotation states than those found "
                + "now. Restore the data set, or say by --data where it is. Nothing was written.");
        written.Complete(ledger, [split]);
        if (resampled > 0)
            session.Note($"{Words.Count(resampled, "image is", "images are")} written at the run's spacing, where its pseudo labels lie");
        if (hidden > 0)
            session.Note($"{Words.Count(hidden, "annotation", "annotations")} that the run's audit hides from it "
                + $"{(hidden == 1 ? "is" : "are")} hidden here too");
        if (settings.Relabel.Negatives > 0)
            session.Note("the voxels that the run takes to be without an organ (relabel.negatives) are not written: they are unknown "
                + "there");
        session.Out.WriteLine($"{target}: {Words.Count(cases.Length, "case", "cases")}, labels of round {round}");
        return ExitCodes.Done;

        // Each case as the run was given it, and written as the run learns from it.
        IEnumerable<CaseData> Written(IWork work)
        {
            foreach ((int i, Case source) in cases.Index())
            {
                session.Stop.ThrowIfCancellationRequested();
                CaseData own = dataset.Load(source);
                CaseData data = (trained.Contains(source.Id) ? own.At(settings.PlaneSpacing()) : own).Keeping(kept);
                yield return data;
                resampled += data.Image == own.Image ? 0 : 1;
                if (trained.Contains(source.Id))
                {
                    OrganBits visible = data.Annotated & organs.BitsOf(annotated[source.Id]);
                    hidden += (data.Annotated & ~visible).Count;
                    data = data.WithAnnotated(visible);
                    written.Add(source, data, (organs.All & ~visible).IsEmpty ? null : rounds.Read(data).ToVoxels());
                }
                else
                {
                    written.Add(source, data, pseudo: null);
                }

                work.Report(i + 1, source.Id);
            }
        }
    }
}
