using System.Globalization;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Net;
using Smile.Net.Relabel;
using Smile.Net.Runs;

namespace Smile.Host.Commands;

/// <summary>
/// <c>smile relabel --undo</c> and <c>--ledger</c>: rounds taken back, and where labels come from; of a run or of relabelled maps.
/// </summary>
internal static class RelabelHistory
{
    // What described the run with the round: wrong once the round is undone.
    private static readonly string[] _conclusions = ["report.html", "summary.json", "metrics.csv", RunProgress.FileName];

    /// <summary>Goes back to the labels before a round.</summary>
    public static int Undo(Session session, string folder, int round)
    {
        if (!RelabelledFolder.IsRun(folder))
        {
            RelabelledFolder.Read(folder).Undo(round);
            session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: labels as before round {round}"));
            return ExitCodes.Done;
        }

        int step = RoundUndo.Undo(new RunFolder(folder), round);
        foreach (string file in _conclusions)
            File.Delete(Path.Combine(folder, file));
        session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{folder}: labels, weights and logs as before round {round}, at step {step}; "
            + $"what described the run after it is deleted. To train on without further rounds: "
            + $"smile train --resume --output {ShellText.Quoted(folder)}"));
        return ExitCodes.Done;
    }

    /// <summary>Prints where each label comes from.</summary>
    public static int Show(Session session, string folder)
    {
        var ledger = LabelLedger.Read(Path.Combine(folder, LabelLedger.FileName));
        var table = new TextTable([.. LedgerTable.Header]);
        foreach (string[] row in LedgerTable.Rows(ledger))
            table.Add(row);
        session.Out.Write(table);
        session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Path.Combine(folder, LabelLedger.FileName)}: {Words.Count(ledger.Entries.Count, "entry", "entries")}, "
                + $"the latest round is {ledger.LastRound}"));
        return ExitCodes.Done;
    }
}
