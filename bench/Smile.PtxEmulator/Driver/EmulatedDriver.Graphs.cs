using Smile.Kernels.Gpu.Cuda;

namespace Smile.PtxEmulator.Driver;

/// <summary>
/// Capture and replay: what a stream keeps while it captures, with the arguments as they were then, is done at each launch of the graph.
/// </summary>
internal sealed unsafe partial class EmulatedDriver
{
    private (nint Stream, List<Action> Work)? _capture;

    public CudaResult BeginCapture(nint stream, CudaCaptureMode mode)
    {
        if (Fault(nameof(BeginCapture)) is var fault and not CudaResult.Success)
            return fault;
        if (_capture is not null || Known(stream) != CudaResult.Success)
            return CudaResult.InvalidValue;
        _capture = (stream, []);
        return CudaResult.Success;
    }

    public CudaResult EndCapture(out nint graph, nint stream)
    {
        graph = 0;
        if (!Captures(stream))
            return CudaResult.InvalidValue;
        List<Action> work = _capture!.Value.Work;
        _capture = null;
        return Fault(nameof(EndCapture)) is var fault and not CudaResult.Success ? fault : Allocate(out graph, work);
    }

    public CudaResult GraphNodes(out nuint count, nint graph)
    {
        count = (nuint)((List<Action>)_handles[graph]).Count;
        return CudaResult.Success;
    }

    public CudaResult Instantiate(out nint executable, nint graph, ulong flags)
    {
        executable = 0;
        return Fault(nameof(Instantiate)) is var fault and not CudaResult.Success
            ? fault
            : Allocate(out executable, ((List<Action>)_handles[graph]).ToArray());
    }

    public CudaResult LaunchGraph(nint executable, nint stream)
    {
        if (Fault(nameof(LaunchGraph)) is var fault and not CudaResult.Success)
            return fault;
        return Idle ? Known(stream) : Enqueue(stream, All((Action[])_handles[executable]));

        static Action All(Action[] works) => () =>
        {
            foreach (Action work in works)
                work();
        };
    }

    public CudaResult DestroyGraph(nint graph) => Give(graph);

    public CudaResult DestroyExecutable(nint executable) => Give(executable);

    private bool Captures(nint stream) => _capture is { } capture && capture.Stream == stream;

    /// <summary>Queues the work, or keeps it where the stream captures.</summary>
    private CudaResult Queue(nint stream, Action work)
    {
        if (!Captures(stream))
            return Enqueue(stream, work);
        _capture!.Value.Work.Add(work);
        return Known(stream);
    }
}
