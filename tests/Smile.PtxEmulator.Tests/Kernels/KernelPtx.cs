using System.Collections.Concurrent;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Smile.Kernels;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>The product's kernels as the CUDA device gets them: ILGPU at O2, then every bra.uni made bra (DESIGN.md, section 3).</summary>
internal static class KernelPtx
{
    private static readonly Context _context = Context.Create(builder => builder.Optimize(OptimizationLevel.O2));
    private static readonly ConcurrentDictionary<(string, CudaArchitecture), string> _texts = [];
    private static readonly ConcurrentDictionary<string, PtxKernel> _kernels = [];

    public static string Text(GpuKernel kernel, CudaArchitecture architecture) => _texts.GetOrAdd((kernel.Name, architecture), _ =>
    {
        lock (_context)
        {
            using var backend = new PTXBackend(_context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_78, null);
            var compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method), default);
            return compiled.PTXAssembly.Replace("bra.uni", "bra", StringComparison.Ordinal);
        }
    });

    public static PtxKernel Decoded(GpuKernel kernel) => Decoded(Text(kernel, CudaArchitecture.SM_80));

    /// <summary>The kernel of a module with one.</summary>
    public static PtxKernel Decoded(string text) => _kernels.GetOrAdd(text, static text => PtxModule.Parse(text).Kernels.Single());
}
