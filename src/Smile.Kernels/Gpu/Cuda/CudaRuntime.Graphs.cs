namespace Smile.Kernels.Gpu.Cuda;

/// <summary>Recorded work: captured from the stream as a CUDA graph, once, and replayed.</summary>
internal sealed partial class CudaRuntime
{
    private readonly List<nint> _graphs = [];
    private bool _capturing;
    private LaunchCount _launches;

    public LaunchCount Launches => _launches;

    /// <summary>Whether work is captured at all; without, it is queued anew each time.</summary>
    public bool Captures { get; init; } = true;

    public Action Capture(Action work) => Captures ? new Graph(this, work).Run : work;

    /// <summary>Captures the work's launches, arguments and all. They are not done by it.</summary>
    /// <returns>The graph, ready to be launched, and how many launches it has.</returns>
    private (nint Executable, long Nodes) CaptureNow(Action work)
    {
        UseOutsideCapture();
        Check(_driver.BeginCapture(_stream, CudaCaptureMode.ThreadLocal), "begin to capture a graph");
        _capturing = true;
        nint graph;
        try
        {
            work();
        }
        catch
        {
            _capturing = false;
            if (_driver.EndCapture(out graph, _stream) == CudaResult.Success)
                _ = _driver.DestroyGraph(graph);
            throw;
        }

        _capturing = false;
        Check(_driver.EndCapture(out graph, _stream), "capture a graph");
        try
        {
            Check(_driver.GraphNodes(out nuint nodes, graph), "count the nodes of a graph");
            Check(_driver.Instantiate(out nint executable, graph, 0), $"make a graph of {nodes} nodes ready");
            _graphs.Add(executable);
            return (executable, (long)nodes);
        }
        finally
        {
            _ = _driver.DestroyGraph(graph);
        }
    }

    /// <summary>
    /// Work and its graph. The first run queues the work as it is, which loads its kernels: a driver refuses to load while it captures. The
    /// second captures; it and all later ones launch the graph.
    /// </summary>
    private sealed class Graph(CudaRuntime runtime, Action work)
    {
        private bool _loaded;
        private nint _executable;
        private long _nodes;

        public void Run()
        {
            if (!_loaded)
            {
                work();
                _loaded = true;
                return;
            }

            if (_executable == 0)
                (_executable, _nodes) = runtime.CaptureNow(work);
            runtime.Use();
            runtime.Check(runtime._driver.LaunchGraph(_executable, runtime._stream), "launch a graph");
            LaunchCount before = runtime._launches;
            runtime._launches = before with { Graphs = before.Graphs + 1, Nodes = before.Nodes + _nodes };
        }
    }
}
