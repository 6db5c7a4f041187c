using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tensors;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Onnx;

/// <summary>Checkpoints of networks that nothing was taught, whose every weight and statistic counts.</summary>
internal static class RandomModel
{
    public static IReadOnlyList<string> Organs { get; } = ["liver", "Milz µ", "stomach"];

    public static void Save(string path, RunSettings settings, int seed, IReadOnlyList<double>? thresholds = null)
    {
        bool softmax = settings.Train.Method == Methods.Baseline;
        int size = settings.Model.SizeMultiple;
        using var network = new Network(settings.Model, 1, size, size, settings.Data.Slices, softmax ? Organs.Count + 1 : Organs.Count,
            NetworkUse.Inference, Backends.Open("scalar"));
        var rng = new Rng((ulong)seed, 5);
        network.Initialise(rng);
        foreach (Parameter p in network.Parameters)
        {
            var values = new float[p.Count];
            bool classifier = p.Name.StartsWith("classifier", StringComparison.Ordinal) && p.Shape[0] == Organs.Count + (softmax ? 1 : 0);
            for (int i = 0; i < values.Length; i++)
                values[i] = (float)(p.Name.EndsWith("running_var", StringComparison.Ordinal) ? 0.5 + rng.NextDouble()
                    : p.Shape.Count == 4 && !classifier ? double.NaN
                    : p.Shape.Count == 4 ? 0.5 * rng.Normal()
                    : p.Name.EndsWith("weight", StringComparison.Ordinal) ? 0.2 + 0.4 * rng.NextDouble() : 0.3 * rng.Normal());
            if (!float.IsNaN(values[0]))
                p.Write(network.Backend, p.Value, values);
        }

        var state = new RunState
        {
            History = thresholds is null ? [] : [new ValidationReport(0, 0, 0.5, [0.5, 0.5, 0.5], Best: true) { Thresholds = thresholds }],
        };
        new Checkpoint(settings, Organs, state).Save(path, network, TensorSet.Weights);
    }

    public static Volume Noise(int depth, int height, int width, int seed)
    {
        var rng = new Rng((ulong)seed, 6);
        var voxels = new float[depth * height * width];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = (float)(40 + 150 * rng.Normal());
        return new Volume(Geometry.Regular(depth, height, width, 3, 1, 1), voxels);
    }
}
