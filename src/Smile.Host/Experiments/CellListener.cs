using System.Globalization;
using Smile.Net.Relabel;
using Smile.Net.Runs;

namespace Smile.Host.Experiments;

/// <summary>
/// Counts the updates of a cell; on request keeps a copy of the model that each round relabelled with, which is what the latest checkpoint
/// holds between a round and the first update after it.
/// </summary>
internal sealed class CellListener(RunFolder folder, bool keepsModels, Action stepped) : IRunListener
{
    private int _stage;

    /// <summary>The model that round <paramref name="round"/> relabelled with.</summary>
    public static string Model(RunFolder folder, int round) =>
        Path.Combine(folder.Path, "checkpoints", string.Create(CultureInfo.InvariantCulture, $"before_round{round}.safetensors"));

    public void OnStep(in StepReport report)
    {
        if (keepsModels && report.Stage > _stage)
            File.Copy(folder.Latest, Model(folder, report.Stage), overwrite: true);
        _stage = report.Stage;
        stepped();
    }

    public void OnRound(RoundReport report)
    {
    }

    public void OnValidation(ValidationReport report)
    {
    }

    public void OnMessage(string message)
    {
    }
}
