using System.Collections.Concurrent;
using System.Globalization;
using Smile.Host.Cli;
using Smile.Host.Runs;
using Smile.Net;

namespace Smile.Host.Experiments;

/// <summary>Runs the cells of a study that are not finished, several side by side, each with its share of the cores.</summary>
internal sealed class StudyRunner(Session session, StudyPlan plan, StudyData data, CellStore store, int jobs)
{
    private readonly Study _study = plan.Study;
    private readonly ConcurrentQueue<string> _failures = [];

    /// <summary>CPU threads of a cell.</summary>
    private int Threads => _study.Settings.Run.Threads > 0
        ? _study.Settings.Run.Threads
        : Math.Max(1, Environment.ProcessorCount / jobs);

    /// <summary>Runs what is left of the given cells.</summary>
    /// <returns>What went wrong, a line a cell.</returns>
    /// <exception cref="OperationCanceledException">Stopped; finished cells and the state of the others are kept.</exception>
    public IReadOnlyCollection<string> Run(IReadOnlyList<Cell> cells)
    {
        Cell[] left = [.. cells.Where(cell => store.Find(cell.Id, data.Key(cell)) is null)];
        session.Note($"{plan.Study.Name}: {Words.Count(plan.Cells.Count, "cell", "cells")} ({plan.Cells.Count - plan.Runs.Count()} share a "
            + "result), "
            + $"{Words.Count(cells.Count, "run", "runs")} here, {cells.Count - left.Length} finished, {left.Length} to do, "
            + $"{jobs} side by side with "
            + $"{Words.Count(Threads, "thread", "threads")} each");
        if (left.Length == 0)
            return [];
        double seconds = new StudyTiming(session, _study, data, Threads).Seconds(left);
        session.Note($"estimated: {Progress.Duration(TimeSpan.FromSeconds(seconds / jobs))}, from a timed step and a timed prediction");
        long steps = left.Sum(cell => (long)cell.Settings(_study).Train.Steps), done = 0;
        session.Work("study", steps, work => Parallel(left, cell =>
        {
            string? line = One(cell, () => work.Report(Interlocked.Increment(ref done)));
            if (line is not null)
                work.Message(line);
        }));
        return _failures;
    }

    /// <summary>Runs one cell; null where another process has it.</summary>
    private string? One(Cell cell, Action stepped)
    {
        using var claim = store.Claim(cell);
        if (claim is null)
            return null;
        if (store.Find(cell.Id, data.Key(cell)) is not null)
            return null; // finished by another process meanwhile
        try
        {
            var result = new CellRunner(_study, data, store, Threads).Run(cell, stepped, session.Stop);
            store.Store(result);
            store.Discard(cell);
            return string.Create(CultureInfo.InvariantCulture, $"{cell.Id}: Dice {Scoring.Number(result.Average)} in {result.Seconds:0} s");
        }
        catch (DivergedException e)
        {
            // One run that diverges is a result of the study, not the end of it.
            string line = $"{cell.Id}: {e.Message}";
            _failures.Enqueue(line);
            return line;
        }
    }

    /// <summary>Takes the items in their order, <c>jobs</c> at a time, on threads of their own; the first exception ends all.</summary>
    private void Parallel(Cell[] cells, Action<Cell> body)
    {
        var queue = new ConcurrentQueue<Cell>(cells);
        Exception? first = null;
        Thread[] threads = [.. Enumerable.Range(0, Math.Min(jobs, cells.Length)).Select(_ => new Thread(() =>
        {
            try
            {
                while (first is null && queue.TryDequeue(out var cell))
                    body(cell);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref first, e, null);
            }
        }))];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        if (first is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
    }
}
