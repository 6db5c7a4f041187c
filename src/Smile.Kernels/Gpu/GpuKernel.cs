using System.Reflection;
using ILGPU;

namespace Smile.Kernels;

/// <summary>A kernel: a static method over the one device allocation and a struct of arguments, in groups of a fixed size.</summary>
internal abstract class GpuKernel(MethodInfo method, int groupSize)
{
    /// <summary>The method's name; unique among all kernels.</summary>
    public string Name => Method.Name;

    /// <summary>What is compiled. Shared memory is static, so the method says all of it.</summary>
    public MethodInfo Method { get; } = method;

    /// <summary>Threads of a group, along x.</summary>
    public int GroupSize { get; } = groupSize;
}

/// <inheritdoc/>
/// <typeparam name="TArgs">Blittable: spans and scalars, passed by value.</typeparam>
internal sealed class GpuKernel<TArgs>(Action<ArrayView<float>, TArgs> body, int groupSize) : GpuKernel(body.Method, groupSize)
    where TArgs : unmanaged
{
    public Action<ArrayView<float>, TArgs> Body { get; } = body;
}
