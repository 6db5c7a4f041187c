using System.Globalization;
using Smile.Host.Cli;
using Smile.Kernels.Simd;
using Smile.Net;
using Smile.Net.Layers;
using Smile.Net.Training;

namespace Smile.Host.Profiling;

/// <summary>A profile as text: a row for each layer and direction, then the parts of the step.</summary>
internal static class ProfileTable
{
    /// <param name="profile">What was measured.</param>
    /// <param name="peak">The machine's bounds; null where they are not known: the columns that need them are left out.</param>
    public static string Layers(StepProfile profile, MachinePeak? peak)
    {
        string[] bound = peak is null ? [] : ["bound ms", "of bound"];
        var table = new TextTable(["layer", "pass", "output", "ms", "% of step", "GFLOP/s", "GB/s", .. bound, "computed by"]);
        foreach (LayerTime layer in profile.Layers)
        {
            double seconds = layer.Milliseconds / 1e3;
            string[] cells =
            [
                layer.Name, layer.Pass == Pass.Forward ? "forward" : "backward", layer.Output,
                Number(layer.Milliseconds, 3), Number(100 * layer.Milliseconds / profile.Whole, 1),
                Number(layer.Cost.Flops / seconds / 1e9, 1), Number(layer.Cost.Bytes / seconds / 1e9, 1),
            ];
            if (peak is not null)
            {
                double least = layer.Bound(peak.FlopsPerSecond, peak.BytesPerSecond);
                cells = [.. cells, Number(least, 3), Number(100 * least / layer.Milliseconds, 0) + " %"];
            }

            table.Add([.. cells, layer.Algorithm]);
        }

        return table.ToString();
    }

    /// <summary>The parts of the step and the share lost waiting for data.</summary>
    public static string Parts(StepProfile profile, MachinePeak? peak)
    {
        var table = new TextTable("part", "ms", "% of step");
        Add("input: batch taken and copied", profile.Input);
        Add("forward", Sum(Pass.Forward));
        Add("loss and its gradient", profile.Loss);
        Add("backward", Sum(Pass.Backward));
        Add("update", profile.Update);
        Add("whole step", profile.Whole);
        Add("waiting for data (of input; mean)", profile.Waiting);
        long flops = profile.Layers.Sum(l => l.Cost.Flops);
        string text = $"{table}{profile.Backend}, medians of {Words.Count(profile.Steps, "step", "steps")}; "
            + $"{Number(flops / profile.Whole / 1e6, 1)} GFLOP/s over the whole step.\n";
        return peak is null
            ? text
            : text + $"Bounds: {Number(peak.FlopsPerSecond / 1e9, 0)} GFLOP/s and {Number(peak.BytesPerSecond / 1e9, 1)} GB/s, "
                + "measured on this machine just now.\n";

        void Add(string name, double milliseconds) =>
            table.Add(name, Number(milliseconds, 3), Number(100 * milliseconds / profile.Whole, 1));

        double Sum(Pass pass) => profile.Layers.Where(l => l.Pass == pass).Sum(l => l.Milliseconds);
    }

    private static string Number(double value, int digits) => value.ToString("F" + digits, CultureInfo.InvariantCulture);
}
