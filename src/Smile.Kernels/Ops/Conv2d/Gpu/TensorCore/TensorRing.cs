using ILGPU;
using ILGPU.Runtime.Cuda;
using Smile.Kernels.Gpu.Ptx;

namespace Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

/// <summary>
/// The ring of stages in shared memory: while one is used, one is on the way and one, which was used before, is filled again.
/// </summary>
internal struct TensorRing
{
    private const int Last = (TensorConvText.Stages - 1) * TensorConvText.StageBytes;

    /// <summary>Where the stage lies that is used, and the one that is filled.</summary>
    public int Used, Filled;

    /// <summary>As it is when the first stage is to be filled, and none can be used yet.</summary>
    public static TensorRing Start() => new() { Used = TensorConvText.StageBytes };

    /// <summary>To the next stage.</summary>
    public void Advance()
    {
        Filled = Used;
        Used = Used == Last ? 0 : Used + TensorConvText.StageBytes;
    }

    /// <summary>
    /// Waits until all but the newest stage have come, for all threads; from here on the stage used before may be filled.
    /// </summary>
    public static void Await()
    {
        CudaAsm.Emit("cp.async.wait_group 1;");
        Group.Barrier();
    }

    /// <summary>Closes what was brought since the last time, be it nothing: the wait counts.</summary>
    public static void Close() => CudaAsm.Emit("cp.async.commit_group;");
}
