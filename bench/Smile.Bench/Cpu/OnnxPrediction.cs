using Microsoft.ML.OnnxRuntime;
using Smile.Bench.Step;
using Smile.Kernels.Backend;
using Smile.Net;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Onnx;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Bench.Cpu;

/// <summary>
/// The prediction of a batch by ONNX Runtime, from the file that <c>smile export</c> makes: window, network, resizing and sigmoid, with the
/// normalisations folded into the convolutions.
/// </summary>
internal sealed class OnnxPrediction : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtValue _images;
    private readonly Microsoft.ML.OnnxRuntime.RunOptions _options = new();

    /// <param name="network">What is predicted by; its weights are drawn at random.</param>
    /// <param name="batch">The images.</param>
    /// <param name="threads">Of the session.</param>
    public OnnxPrediction(NetworkCase network, StepBatch batch, int threads)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        using var folder = new ScratchFolder("smile-bench-onnx-");
        _session = new InferenceSession(Export(network, batch.Organs, folder.Path), options);
        _images = OrtValue.CreateTensorValueFromMemory(batch.Images, [batch.Count, 1, batch.Size, batch.Size]);
    }

    public void Run()
    {
        using IDisposableReadOnlyCollection<OrtValue> results =
            _session.Run(_options, [OnnxExport.Image], [_images], [OnnxExport.Probabilities]);
    }

    public void Dispose()
    {
        _images.Dispose();
        _options.Dispose();
        _session.Dispose();
    }

    private static string Export(NetworkCase network, int organs, string folder)
    {
        var settings = new RunSettings { Model = network.Model };
        int size = network.Model.SizeMultiple;
        using var source = new Network(network.Model, 1, size, size, 1, organs, NetworkUse.Inference, Backends.Open("scalar"));
        source.Initialise(new Rng(5));
        string checkpoint = Path.Combine(folder, "model.safetensors"), model = Path.Combine(folder, "model.onnx");
        new Checkpoint(settings, [.. Enumerable.Range(1, organs).Select(k => $"organ {k}")], new RunState())
            .Save(checkpoint, source, TensorSet.Weights);
        OnnxExport.Write(checkpoint, model);
        return model;
    }
}
