using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>The cells of a study, in the order in which they are run: split by split, so that an early look shows whole curves.</summary>
internal sealed record StudyPlan(Study Study, IReadOnlyList<Cell> Cells)
{
    /// <summary>The cells that are run; the others share a result.</summary>
    public IEnumerable<Cell> Runs => Cells.Where(cell => cell.SameAs is null);

    /// <summary>Lays the study out over its data.</summary>
    public static StudyPlan Of(Study study, StudyData data)
    {
        var cells = from split in Enumerable.Range(0, study.Splits)
                    from trainCases in study.TrainCases.DefaultIfEmpty(0)
                    from alpha in study.Variants.SelectMany(v => v.Alphas).Distinct().Order()
                    from variant in study.Variants
                    where variant.Alphas.Contains(alpha)
                    select new Cell(variant.Label, variant.Method, alpha, split, variant.Set)
                    {
                        Drop = variant.Drop,
                        EachAlone = variant.EachAlone,
                        TrainCases = trainCases,
                    };
        Cell[] all = [.. cells];
        string? shownRounds = all.FirstOrDefault(cell => cell.Label == StudyPresets.Rounds)?.Id;
        var ids = all.Select(cell => cell.Id).ToHashSet(StringComparer.Ordinal);
        // Else they begin from the first weights, or with a rate of their own, whatever there is to relabel.
        bool roundsAreNothing = study.Settings.Relabel is { Restart: false, Schedule: RoundSchedules.Run };
        var complete = new Dictionary<(int, int, double), bool>();
        return new StudyPlan(study, [.. all.Select(cell => Shared(cell) with
        {
            Keep = cell.Id == shownRounds ? Kept.Rounds
                : cell.Split == 0 && cell.Alpha == study.ShownAlpha && cell.TrainCases == study.ShownTrainCases
                    && cell.Label == cell.Method ? Kept.TestSlice
                : Kept.Nothing,
        })]);

        Cell Shared(Cell cell)
        {
            var smile = new Cell(Methods.Smile, Methods.Smile, cell.Alpha, cell.Split, []) { TrainCases = cell.TrainCases };
            bool same = cell.Label == Methods.Smiler && roundsAreNothing && ids.Contains(smile.Id) && Complete(cell);
            return same ? cell with { SameAs = smile.Id } : cell;
        }

        bool Complete(Cell cell)
        {
            if (!complete.TryGetValue((cell.Split, cell.TrainCases, cell.Alpha), out bool value))
                complete.Add((cell.Split, cell.TrainCases, cell.Alpha), value = data.Training(cell)
                    .All(c => (data.Organs.All & ~c.Annotated) == 0));
            return value;
        }
    }

    /// <summary>The i-th of n parts of the runs, i from 1; neighbours go to different parts.</summary>
    public IEnumerable<Cell> Shard(int part, int parts) => Runs.Where((_, index) => index % parts == part - 1);
}
