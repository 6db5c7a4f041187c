using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;

namespace Smile.Kernels.Gpu;

/// <summary>A kernel: a static method over the one device allocation and a struct of arguments, in groups along x.</summary>
/// <param name="method">What is compiled. It says its static shared memory itself.</param>
/// <param name="groupSize">Threads of a group, or <see cref="AnyGroup"/>.</param>
internal abstract class GpuKernel(MethodInfo method, int groupSize)
{
    /// <summary>The group size of a kernel that takes any up to <see cref="LargestGroup"/>: what suits the device.</summary>
    public const int AnyGroup = 0;

    /// <summary>Threads of the largest group that a kernel is launched with.</summary>
    public const int LargestGroup = 256;

    /// <summary>Bytes of the memory's view, the first parameter: its address and its length, 64 bits each.</summary>
    public const int ViewBytes = 16;

    /// <summary>The method's name; unique among all kernels.</summary>
    public string Name => Method.Name;

    /// <summary>What is compiled.</summary>
    public MethodInfo Method { get; } = method;

    /// <summary>Bytes of the parameters that a launch passes: the memory's view and the struct of arguments.</summary>
    public abstract int ParameterBytes { get; }

    /// <summary>Threads of a group, or <see cref="AnyGroup"/>.</summary>
    public int GroupSize { get; } = groupSize;

    /// <summary>
    /// Bytes of the group's <c>SharedMemory.GetDynamic</c>, beside the static shared memory. Above 48 KB a kernel's shared memory must be
    /// dynamic.
    /// </summary>
    public int DynamicSharedBytes { get; init; }

    /// <summary>
    /// The least compute capability that runs the kernel, ten times: 80 for cp.async and mma on TF32 and BF16. A kernel with inline PTX has
    /// one, since it runs on CUDA alone; 0: any device. Whether it runs here, <see cref="IGpuRuntime.CanRun"/> tells; a portable kernel
    /// stands beside it.
    /// </summary>
    public int LeastCapability { get; init; }
}

/// <inheritdoc/>
/// <typeparam name="TArgs">Blittable: spans and scalars, passed by value.</typeparam>
internal sealed class GpuKernel<TArgs>(Action<ArrayView<float>, TArgs> body, int groupSize) : GpuKernel(body.Method, groupSize)
    where TArgs : unmanaged
{
    public Action<ArrayView<float>, TArgs> Body { get; } = body;

    public override int ParameterBytes => ViewBytes + Unsafe.SizeOf<TArgs>();
}
