using System.Collections.Concurrent;
using ILGPU.Runtime.Cuda;
using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Cuda;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>The product's kernels as a CUDA device gets them.</summary>
internal static class KernelPtx
{
    private static readonly ConcurrentDictionary<CudaArchitecture, PtxCompiler> _compilers = [];
    private static readonly ConcurrentDictionary<(string, CudaArchitecture), string> _texts = [];
    private static readonly ConcurrentDictionary<string, PtxKernel> _kernels = [];

    public static string Text(GpuKernel kernel, CudaArchitecture architecture) => _texts.GetOrAdd((kernel.Name, architecture), _ =>
    {
        PtxCompiler compiler = _compilers.GetOrAdd(architecture, static a => new PtxCompiler(a, null));
        lock (compiler)
            return compiler.Compile(kernel);
    });

    public static PtxKernel Decoded(GpuKernel kernel) => Decoded(Text(kernel, CudaArchitecture.SM_80));

    /// <summary>The kernel of a module with one.</summary>
    public static PtxKernel Decoded(string text) => _kernels.GetOrAdd(text, static text => PtxModule.Parse(text).Kernels.Single());
}
