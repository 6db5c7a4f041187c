namespace Smile.Kernels.Gpu.Cuda;

/// <summary>What a loaded kernel takes of the device.</summary>
/// <param name="Kernel">The kernel; its dynamic shared memory comes on top.</param>
/// <param name="Registers">32-bit registers of a thread.</param>
/// <param name="SharedBytes">Static shared memory of a group.</param>
/// <param name="LocalBytes">Local memory of a thread: spills, and arrays that are no registers.</param>
internal sealed record KernelResources(GpuKernel Kernel, int Registers, int SharedBytes, int LocalBytes);
