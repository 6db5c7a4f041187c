using System.Reflection;
using ILGPU;

namespace Smile.Kernels;

/// <summary>A kernel: a static method over the one device allocation and a struct of arguments, in groups along x.</summary>
internal abstract class GpuKernel(MethodInfo method, int groupSize)
{
    /// <summary>The group size of a kernel that takes any up to <see cref="LargestGroup"/>: what suits the device.</summary>
    public const int AnyGroup = 0;

    /// <summary>Threads of the largest group that a kernel is launched with.</summary>
    public const int LargestGroup = 256;

    /// <summary>The method's name; unique among all kernels.</summary>
    public string Name => Method.Name;

    /// <summary>What is compiled. Shared memory is static, so the method says all of it.</summary>
    public MethodInfo Method { get; } = method;

    /// <summary>Threads of a group, or <see cref="AnyGroup"/>.</summary>
    public int GroupSize { get; } = groupSize;
}

/// <inheritdoc/>
/// <typeparam name="TArgs">Blittable: spans and scalars, passed by value.</typeparam>
internal sealed class GpuKernel<TArgs>(Action<ArrayView<float>, TArgs> body, int groupSize) : GpuKernel(body.Method, groupSize)
    where TArgs : unmanaged
{
    public Action<ArrayView<float>, TArgs> Body { get; } = body;
}
