using System.Globalization;
using Smile.Host.Cli;
using Smile.Net.Data;
using Smile.Net.Settings;

namespace Smile.Host.Cases;

/// <summary>
/// The cases of a run in memory: those that are trained on at the run's spacing, those held out on the grids of their images, on which they
/// are scored.
/// </summary>
/// <param name="Settings">The run's, with the spacing that <c>auto</c> means.</param>
/// <param name="Cases">All that the split names, in the data set's order.</param>
/// <param name="Split">Which are held out.</param>
internal sealed record TrainingCases(RunSettings Settings, IReadOnlyList<CaseData> Cases, Split Split)
{
    /// <summary>Loads the training cases of a data set and says at which spacing they are trained on.</summary>
    /// <param name="session">Shows progress and spacing.</param>
    /// <param name="dataset">The data set.</param>
    /// <param name="settings">Of the run.</param>
    /// <param name="given">The split of a run that goes on, or of the data set; null: a share by the settings, stratified.</param>
    /// <param name="room">Where they are held.</param>
    /// <exception cref="Smile.Net.DataException">One cannot be read, or does not fit anywhere.</exception>
    public static TrainingCases Load(Session session, Dataset dataset, RunSettings settings, Split? given, CaseRoom room)
    {
        var named = given?.Train.Concat(given.Validation).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<Case> cases = named is null ? dataset.Training : [.. dataset.Training.Where(each => named.Contains(each.Id))];
        Geometry[] grids = CaseLoader.Grids(dataset, cases);
        if (grids.Length > 0)
        {
            settings = settings.WithSpacingOf(grids);
            session.Note(Text(settings, CaseSpacings.Of(grids)));
        }

        PlaneSpacing? spacing = settings.PlaneSpacing();
        bool rounds = settings.Train.Method == Methods.Smiler || cases.Any(each => each.Pseudo is not null);
        // Those that are held out stay as they are; where nobody says which, labels decide first.
        var held = given?.Validation.ToHashSet(StringComparer.Ordinal);
        CaseData[] loaded = CaseLoader.Load(session, dataset, cases, "loading", room,
            each => held?.Contains(each.Id) == true ? null : spacing, rounds);
        if (given is not null)
            return new TrainingCases(settings, loaded, given);
        Split split = StratifiedSplit.Of(
            [.. loaded.Select(data => new SplitCase(data.Id, data.Group, data.Shown))], (ulong)settings.Run.Seed, settings.Data.Validation);
        held = split.Validation.ToHashSet(StringComparer.Ordinal);
        for (int i = 0; i < loaded.Length; i++)
        {
            if (held.Contains(loaded[i].Id) && spacing?.IsOf(grids[i]) == false)
                loaded[i] = room.Load(dataset, cases[i], spacing: null, rounds, doubts: []);
        }

        return new TrainingCases(settings, loaded, split);
    }

    /// <summary>What is done about the spacings of the training cases, in a line.</summary>
    internal static string Text(RunSettings settings, CaseSpacings own)
    {
        string theirs = $"slices of {own.Y} x {own.X} mm (y, x), {own.Z} mm apart";
        return settings.PlaneSpacing() is { } spacing
            ? string.Create(CultureInfo.InvariantCulture, $"spacing: {theirs}, are trained on at {spacing.Y:G4} x {spacing.X:G4} mm")
            : Mixed(settings, own) is { } mixed ? $"warning: {mixed}"
            : $"spacing: {theirs}, are trained on as they are (data.spacing = {Spacings.Native})";
    }

    /// <summary>What speaks against training on these spacings as they are; null where nothing does, or they are brought to one.</summary>
    internal static string? Mixed(RunSettings settings, CaseSpacings own) => settings.PlaneSpacing() is not null || !own.AreMixed ? null
        : $"slices of {own.Y} x {own.X} mm (y, x), {own.Z} mm apart, are trained on as they are (data.spacing = {Spacings.Native}): one "
            + $"organ has different sizes to the network. {Spacings.Auto} brings all to their median.";
}
