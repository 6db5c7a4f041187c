using Smile.Host.Experiments;
using Smile.Host.Reports;

namespace Smile.Host.Tests.Experiments;

/// <summary>Finished cells and their plan without any run, for what is computed from them.</summary>
internal static class StudyCells
{
    /// <summary>Of organs liver and pancreas; each test case has the same Dice of both organs.</summary>
    public static CellResult Of(string label, double alpha, int split, params double[] cases) =>
        Of(label, alpha, split, [.. cases.Select(dice => (dice, dice))]);

    public static CellResult Of(string label, double alpha, int split, (double Liver, double Pancreas)[] cases) => new()
    {
        Id = $"{label}-{alpha}-{split}",
        Key = "",
        Label = label,
        Method = label,
        Alpha = alpha,
        Split = split,
        Dice = [cases.Average(c => c.Liver), cases.Average(c => c.Pancreas)],
        Average = cases.Average(c => (c.Liver + c.Pancreas) / 2),
        Cases = [.. cases.Select((c, i) => new CaseDice($"case_{i}", [c.Liver, c.Pancreas]))],
        Rounds = [],
        Validations = [],
        PickedStep = 1,
        Predictions = "",
        Device = "cpu",
        Threads = 1,
        Seconds = 1,
        Finished = "",
    };

    /// <summary>With the precision of its last round, the same for both organs.</summary>
    public static CellResult WithPrecision(this CellResult cell, double precision) => cell with
    {
        Rounds = [new RoundRow(1, 0.33, "liver", 9, 9, 0.5, 0.5), new RoundRow(2, 0.66, "liver", 9, 9, precision, 0.5),
            new RoundRow(2, 0.66, "pancreas", 9, 9, precision, 0.5)],
    };

    public static StudyRecord Record(params double[] beta) => new()
    {
        Name = "x",
        Data = "",
        DataHash = "",
        Organs = ["liver", "pancreas"],
        Beta = beta,
        Splits = 2,
        ShownAlpha = 0.7,
        Cells = [],
        Settings = [],
    };
}
