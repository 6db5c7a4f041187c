using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Instructions;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator;

/// <summary>A PTX module, decoded.</summary>
public sealed class PtxModule
{
    private PtxModule(string target, IReadOnlyList<PtxKernel> kernels) => (Target, Kernels) = (target, kernels);

    /// <summary>"sm_80", as .target has it.</summary>
    public string Target { get; }

    /// <summary>The entry points, in order.</summary>
    public IReadOnlyList<PtxKernel> Kernels { get; }

    /// <summary>Parses a module and decodes its kernels.</summary>
    /// <exception cref="PtxException">What is no PTX or not modelled, with its line.</exception>
    public static PtxModule Parse(string text)
    {
        var parser = new ModuleParser(text);
        parser.Parse();
        return new PtxModule(parser.Target, [.. parser.Kernels.Select(kernel => new PtxKernel(Decoder.Decode(kernel)))]);
    }

    /// <summary>The kernel of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public PtxKernel Kernel(string name) =>
        Kernels.FirstOrDefault(k => k.Name == name)
            ?? throw new ArgumentException($"The module has no kernel '{name}'; it has {string.Join(", ", Kernels.Select(k => k.Name))}.",
                nameof(name));
}

/// <summary>An entry point.</summary>
public sealed class PtxKernel
{
    internal PtxKernel(KernelProgram program) => Program = program;

    public string Name => Program.Name;

    /// <summary>Bytes of the packed arguments.</summary>
    public int ParameterBytes => Program.ParameterBytes;

    /// <summary>Bytes of static shared memory.</summary>
    public int SharedBytes => Program.SharedBytes;

    /// <summary>Bytes of local memory a thread.</summary>
    public int LocalBytes => Program.LocalBytes;

    /// <summary>Largest block.</summary>
    public int MaxThreads => Program.MaxThreads;

    /// <summary>
    /// An estimate of the 32-bit registers a thread needs: the most values alive at once. ptxas decides, and is not modelled.
    /// </summary>
    public int LiveRegisters => Liveness.MostAlive(Program);

    internal KernelProgram Program { get; }
}
