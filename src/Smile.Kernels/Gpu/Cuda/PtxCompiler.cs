using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu.Cuda;

/// <summary>
/// ILGPU as the compiler from C# to PTX, at O2, then <see cref="PtxPass"/>. Needs no GPU and no driver. Not for several threads at once.
/// </summary>
/// <param name="architecture">What the PTX may use; newer devices run it too.</param>
/// <param name="cache">Where compiled text is kept; null: nowhere.</param>
internal sealed class PtxCompiler(CudaArchitecture architecture, PtxCache? cache) : IDisposable
{
    private static readonly CudaInstructionSet _instructionSet = CudaInstructionSet.ISA_78; // known to drivers from 520 on (CUDA 11.8)

    private Context? _context, _withoutLines;

    /// <summary>The architecture to compile for: sm_80 for it and all that is newer, else the device's own.</summary>
    public static CudaArchitecture For(int major, int minor) =>
        major >= CudaArchitecture.SM_80.Major ? CudaArchitecture.SM_80 : new CudaArchitecture(major, minor);

    /// <summary>The name of the kernel's entry in its module.</summary>
    public static string Entry(GpuKernel kernel) => $"Kernel_{kernel.Name}";

    /// <summary>The kernel's module, from the cache where it is there.</summary>
    /// <remarks>ILGPU writes no .target above sm_80: where the kernel needs more, <see cref="PtxPass"/> raises it.</remarks>
    /// <exception cref="BackendException">ILGPU cannot compile the method.</exception>
    public string Compile(GpuKernel kernel)
    {
        string key = Key(kernel);
        if (cache?.Find(key) is { } kept)
            return kept;
        string ptx;
        try
        {
            try
            {
                ptx = Text(kernel, _context ??= Context.Create(builder => KeepLines(Options(builder))));
            }
            catch (InternalCompilerException)
            {
                // To repeat C# lines as comments ILGPU reads the files, and fails where one has become shorter since the build.
                ptx = Text(kernel, _withoutLines ??= Context.Create(builder => Options(builder)));
            }
        }
        catch (Exception e) when (e is InternalCompilerException or CapabilityNotSupportedException or NotSupportedException)
        {
            throw new BackendException($"{kernel.Name} does not compile to PTX for {architecture}: {e.Message}", e);
        }

        cache?.Store(key, ptx);
        return ptx;
    }

    public void Dispose()
    {
        _context?.Dispose();
        _withoutLines?.Dispose();
    }

    private static Context.Builder Options(Context.Builder builder) => builder.Optimize(OptimizationLevel.O2).EnableAlgorithms();

    private string Text(GpuKernel kernel, Context context)
    {
        using var backend = new PTXBackend(context, new CudaCapabilityContext(architecture), architecture, _instructionSet, null);
        var compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method), default);
        return PtxPass.Apply(compiled.PTXAssembly, kernel.LeastCapability);
    }

    /// <summary>All that the text depends on. A module's version id is a hash of its content, as builds are deterministic.</summary>
    private string Key(GpuKernel kernel) => string.Join('\n',
        $"{kernel.Method.DeclaringType}.{kernel.Name}", kernel.Method.Module.ModuleVersionId,
        typeof(PtxCompiler).Module.ModuleVersionId, typeof(Context).Module.ModuleVersionId, architecture, _instructionSet,
        kernel.LeastCapability);

    /// <summary>Asks for .file and .loc. The builder's own method for it does nothing (ILGPU #1476), its property does.</summary>
    private static void KeepLines(Context.Builder builder) =>
        typeof(ContextProperties)
            .GetProperty(nameof(ContextProperties.DebugSymbolsMode), BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!
            .SetValue(builder, DebugSymbolsMode.KernelSourceAnnotations);
}
