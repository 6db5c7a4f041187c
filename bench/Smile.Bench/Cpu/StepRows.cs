using Smile.Bench.Step;
using Smile.Kernels.Backend;
using static TorchSharp.torch;

namespace Smile.Bench.Cpu;

/// <summary>Training steps, and the prediction of a slice.</summary>
internal static class StepRows
{
    /// <summary>Steps before the clock starts, after which the weights are compared too.</summary>
    private const int WarmUp = 2;

    /// <param name="to">Takes the rows.</param>
    /// <param name="channelsLast">Whether libtorch survives a network's step in that layout.</param>
    public static void Add(Measurement to, Func<NetworkCase, bool> channelsLast)
    {
        foreach (NetworkCase network in NetworkCase.Steps.Where(n => to.Wants(n.Name)))
            AddStep(to, network, Libtorch.Unavailable is null && channelsLast(network));
        if (to.Wants("slice"))
            AddSlice(to, NetworkCase.Slice);
    }

    private static void AddStep(Measurement to, NetworkCase network, bool channelsLast)
    {
        using IDisposable? scope = Libtorch.Scope();
        StepBatch batch = network.RandomBatch();
        TorchStep? nchw = scope is null ? null : new TorchStep(network.Model, batch, float32);
        IReadOnlyDictionary<string, float[]>? weights = nchw?.Weights();
        TorchStep? nhwc = channelsLast ? new TorchStep(network.Model, batch, float32, weights, channelsLast: true) : null;
        SmileStep[] smile = [.. Measurement.Threads
            .Select(threads => new SmileStep(network.Model, batch, weights, Backends.Open("cpu", threads)))];
        double[] losses = [.. smile.Select(step => step.Step())];
        if (nchw is not null)
        {
            using var exact = new TorchStep(network.Model, batch, float64, weights);
            to.Losses.Add(new LossRow(network.Name, exact.Step(), losses[0], nchw.Step(), nhwc?.Step()));
        }

        for (int i = 1; i < WarmUp; i++)
            foreach (SmileStep step in smile)
                step.Step();
        to.Compare($"weights of {network.Name} after {WarmUp} steps", [.. smile.Select(step => step.Weights())]);
        to.Add(RowKind.Step, network.Name, "", 3.0 * smile[0].ForwardFlops, "",
            Contenders(i => smile[i].Step(), nchw is null ? null : () => nchw.Step(), nhwc is null ? null : () => nhwc.Step()));
        foreach (SmileStep step in smile)
            step.Dispose();
        nchw?.Dispose();
        nhwc?.Dispose();
    }

    private static void AddSlice(Measurement to, NetworkCase slice)
    {
        using IDisposable? scope = Libtorch.Scope();
        StepBatch batch = slice.RandomBatch();
        TorchStep? nchw = scope is null ? null : new TorchStep(slice.Model, batch, float32);
        IReadOnlyDictionary<string, float[]>? weights = nchw?.Weights();
        TorchStep? nhwc = scope is null ? null : new TorchStep(slice.Model, batch, float32, weights, channelsLast: true);
        SmilePrediction[] smile = [.. Measurement.Threads
            .Select(threads => new SmilePrediction(slice.Model, batch, weights, Backends.Open("cpu", threads)))];
        OnnxPrediction[] onnx = [.. Measurement.Threads.Select(threads => new OnnxPrediction(slice, batch, threads))];
        to.Compare($"logits of the slice {slice.Name}", [.. smile.Select(prediction => prediction.Run().ToArray())]);
        to.Add(RowKind.Inference, $"slice, {slice.Name}", "", smile[0].Flops, "",
            [
                .. Contenders(i => smile[i].Run(), nchw is null ? null : nchw.Predict, nhwc is null ? null : nhwc.Predict),
                .. Measurement.Threads.Index().Select(each => new Contender(Side.Onnx, each.Item, onnx[each.Index].Run)),
            ]);
        foreach (OnnxPrediction prediction in onnx)
            prediction.Dispose();
        foreach (SmilePrediction prediction in smile)
            prediction.Dispose();
        nchw?.Dispose();
        nhwc?.Dispose();
    }

    private static List<Contender> Contenders(Action<int> smile, Action? nchw, Action? nhwc)
    {
        var contenders = new List<Contender>();
        foreach ((int i, int threads) in Measurement.Threads.Index())
        {
            contenders.Add(new Contender(Side.Smile, threads, () => smile(i)));
            if (nchw is not null)
                contenders.Add(new Contender(Side.Nchw, threads, nchw));
            if (nhwc is not null)
                contenders.Add(new Contender(Side.Nhwc, threads, nhwc));
        }

        return contenders;
    }
}
