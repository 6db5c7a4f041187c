using Smile.Net.Settings;
using Smile.Net.Training;

namespace Smile.Net.Runs;

/// <summary>Gives a run more steps than it was begun with.</summary>
public static class RunExtension
{
    /// <summary>
    /// Sets the steps of a finished or stopped run, which goes on to them when it is resumed. The learning rate is from there on that of a
    /// run which had so many from its beginning: of one that has come to its end it rises again. The final checkpoint is deleted.
    /// </summary>
    /// <param name="folder">The run's.</param>
    /// <param name="steps">In all; at least as many as the run has.</param>
    /// <returns>Whether the run had fewer.</returns>
    /// <exception cref="ConfigException">
    /// There is no run, it has more steps, another process trains in it, or SMILEr's first round was made: the steps say where rounds lie.
    /// </exception>
    /// <exception cref="DataException">The checkpoint is damaged, or a file cannot be written.</exception>
    public static bool Extend(RunFolder folder, int steps)
    {
        RunSettings own = folder.ReadSettings(), settings = own with { Train = own.Train with { Steps = steps } };
        if (steps == own.Train.Steps)
            return false;
        settings.Validate();
        if (steps < own.Train.Steps)
            throw new ConfigException($"--steps {steps}: the run has {own.Train.Steps}. Give more, or leave it out.");
        using IDisposable claim = folder.Claim();
        RunState? state = File.Exists(folder.Latest) ? Checkpoint.Read(folder.Latest).State : null;
        // A stage that has begun cannot begin later.
        if (state is { Stage: > 0 } || (state is not null && state.Step > StagePlan.For(settings).End(0)))
            throw new ConfigException($"--steps {steps}: the run is in round {state.Stage} of SMILEr, and the steps say where rounds "
                + $"begin. Start a new run from its weights: --set train.weights={folder.Latest}, on its labels: smile relabel "
                + "--as-dataset.");
        File.Delete(folder.Final); // without it the run is not finished, whatever its settings say
        folder.WriteSettings(settings);
        return true;
    }
}
