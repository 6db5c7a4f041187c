namespace Smile.Kernels.Gpu.Cuda;

/// <summary>The CUDA driver of this machine.</summary>
internal static class CudaDriver
{
    /// <summary>
    /// Opens the driver; null where there is none. Tests put the emulated one here; the rest of the program does not see the difference.
    /// </summary>
    public static Func<ICudaDriver?> Open { get; set; } = LibCuda.TryOpen;
}
