using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;
using Smile.Net.Models;
using Smile.Net.Settings;

namespace Smile.Net.Training;

/// <summary>The convolutions of a training step, to be measured by <see cref="Kernels.Tuning.CpuTuning"/>.</summary>
public static class TrainingConvolutions
{
    /// <summary>Each pass once.</summary>
    /// <param name="settings">The network, its batch and size.</param>
    /// <param name="organs">K.</param>
    public static IReadOnlyList<(ConvShape Shape, ConvPass Pass)> Of(RunSettings settings, int organs)
    {
        using Network network = Learner.NetworkFor(settings, organs, Backends.Open("cpu", settings.Run.Threads));
        return network.Convolutions;
    }
}
