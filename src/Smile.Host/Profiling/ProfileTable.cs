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
    /// <param name="top">So many rows, the slowest first; 0: all, as they ran.</param>
    public static string Layers(StepProfile profile, MachinePeak? peak, int top = 0)
    {
        IEnumerable<LayerTime> rows = top == 0 ? profile.Layers : profile.Layers.OrderByDescending(layer => layer.Milliseconds).Take(top);
        string[] bound = peak is null ? [] : ["bound ms", "of bound"];
        var table = new TextTable(["layer", "pass", "output", "ms", "% of step", "GFLOP/s", "GB/s", .. bound, "computed by"]);
        foreach (LayerTime layer in rows)
        {
            double seconds = layer.Milliseconds / 1e3;
            string[] cells =
            [
                layer.Name, ProfileFile.Text(layer.Pass), layer.Output,
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

    /// <summary>
    /// The passes whose time differs most from an earlier profile's, and the step; what one of the two has not is told as absent.
    /// </summary>
    /// <param name="profile">What was measured.</param>
    /// <param name="step">Milliseconds of the step before.</param>
    /// <param name="before">Milliseconds of the passes before.</param>
    /// <param name="top">So many rows; 0: all.</param>
    public static string Changes(
        StepProfile profile, double step, IReadOnlyDictionary<(string Layer, Pass Pass), double> before, int top = 0)
    {
        var now = profile.Layers.ToDictionary(layer => (layer.Name, layer.Pass), layer => layer.Milliseconds);
        var rows = now.Keys.Union(before.Keys)
            .Select(key => (Key: key, Before: before.GetValueOrDefault(key, double.NaN), Now: now.GetValueOrDefault(key, double.NaN)))
            .OrderByDescending(row => double.IsNaN(row.Now - row.Before) ? double.PositiveInfinity : Math.Abs(row.Now - row.Before));
        var table = new TextTable("layer", "pass", "ms before", "ms now", "change ms", "change");
        foreach (var (key, was, ms) in top == 0 ? rows : rows.Take(top))
            Add(key.Item1, ProfileFile.Text(key.Item2), was, ms);
        Add("whole step", "", step, profile.Whole);
        return table.ToString();

        void Add(string name, string pass, double was, double ms) => table.Add(name, pass, Cell(was), Cell(ms),
            double.IsNaN(ms - was) ? "" : Number(ms - was, 3), double.IsNaN(ms - was) ? "" : Number(100 * (ms / was - 1), 1) + " %");

        static string Cell(double value) => double.IsNaN(value) ? "-" : Number(value, 3);
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
