using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

/// <summary>What a device has to have for tensor cores.</summary>
internal static class TensorCores
{
    /// <summary>Throws where the device cannot compute in the precision.</summary>
    /// <exception cref="BackendException">It says what to do.</exception>
    public static void Require(IGpuRuntime runtime, Precision precision)
    {
        if (precision != Precision.Fp32 && !runtime.CanRun(TensorConvKernels.Tf32))
            throw new BackendException(Unsupported(runtime.Name, precision));
    }

    /// <summary>What is said where a device has no tensor cores for the precision.</summary>
    public static string Unsupported(string device, Precision precision) =>
        $"{device} cannot compute in {precision.ToString().ToLowerInvariant()}: "
            + "that takes an NVIDIA GPU of compute capability 8.0 (Ampere) or newer "
        + "through CUDA. Take --precision fp32.";
}
