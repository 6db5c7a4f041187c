using System.Globalization;
using Smile.Host.Cli;
using Smile.Kernels.Hashing;
using Smile.Net.Data;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>What a cell keeps to be drawn.</summary>
internal enum Kept
{
    Nothing,

    /// <summary>One slice of a test case with its prediction: figure 5.</summary>
    TestSlice,

    /// <summary>One training case through SMILEr's rounds: figure 4.</summary>
    Rounds,
}

/// <summary>One run of a study: a variant at one alpha on one split.</summary>
/// <param name="Label">Of the variant.</param>
/// <param name="Method">Of the variant.</param>
/// <param name="Alpha">Share of the annotations that is dropped.</param>
/// <param name="Split">From 0.</param>
/// <param name="Set">The variant's settings.</param>
internal sealed record Cell(string Label, string Method, double Alpha, int Split, IReadOnlyList<string> Set)
{
    /// <summary>Why annotations are missing, one of <see cref="DropModes"/>.</summary>
    public string Drop { get; init; } = DropModes.Random;

    /// <inheritdoc cref="Variant.EachAlone"/>
    public bool EachAlone { get; init; }

    /// <summary>
    /// The only organ whose annotations it is given, from 0; null: all. A part of a cell of which each organ is learnt alone.
    /// </summary>
    public int? Only { get; init; }

    /// <summary>How many of the split's training cases it has; 0: all. Fewer are the first of more.</summary>
    public int TrainCases { get; init; }

    /// <summary>What is kept for the figures.</summary>
    public Kept Keep { get; init; }

    /// <summary>
    /// The cell whose result is this one's too. SMILEr on cases that lack no annotation is SMILE, bit for bit: its rounds have nothing
    /// to relabel, and the learning rate does not depend on them.
    /// </summary>
    public string? SameAs { get; init; }

    /// <summary>Its file's name.</summary>
    public string Id => string.Create(CultureInfo.InvariantCulture, $"{Label}{Number}-a{Alpha * 100:00.##}-s{Split}{Part}");

    private string Part => Only is null ? "" : string.Create(CultureInfo.InvariantCulture, $"-organ{Only + 1}");

    /// <summary>Nothing where it has all, so that studies without this axis keep their names and keys.</summary>
    private string Number => TrainCases == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-n{TrainCases}");

    /// <summary>The settings that the cell is trained with.</summary>
    public RunSettings Settings(Study study)
    {
        var all = study.Settings with
        {
            Data = study.Settings.Data with { Folders = study.Folders },
            Train = study.Settings.Train with { Method = Method },
            Run = study.Settings.Run with { Seed = study.Settings.Run.Seed + Split },
        };
        all = SettingsReader.ReadRun(all, [], Set);
        all.Validate();
        return all;
    }

    /// <summary>
    /// A hash of all that decides the cell's result: settings, alpha, drop, split, data. Where the run goes (folders, device, threads) is
    /// left out, so that cells of several machines can be joined.
    /// </summary>
    /// <param name="study">The cell's.</param>
    /// <param name="dataHash">Of its data.</param>
    /// <param name="division">How cases are divided, where that is not at random.</param>
    public string Key(Study study, string dataHash, string division = "")
    {
        var settings = Settings(study);
        settings = settings with
        {
            Data = settings.Data with { Folders = [] },
            Run = settings.Run with { Device = "", Threads = 0, SaveEvery = 1 },
        };
        string kept = study.KeepOne ? " keep one" : "";
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{settings.ToText()}\n{Alpha:R} {Drop} {Split} {study.HeldOut:R} {study.Seed} {Keep}{Number}"
            + $"{kept}{division}{(EachAlone ? " each alone" : "")}{Part}\n{dataHash}");
        return Sha256.Of(text)[..32];
    }
}
