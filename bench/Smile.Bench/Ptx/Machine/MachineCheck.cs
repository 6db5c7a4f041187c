using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using ILGPU.Runtime.Cuda;
using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Cuda;

namespace Smile.Bench.Ptx.Machine;

/// <summary>
/// What has to hold of every kernel's machine code on every architecture: ptxas takes it without a warning, nothing is spilled, there is no
/// stack, launches pass as many bytes of parameters as it reads, no rounding is left to the compiler, and no instruction that needs the
/// whole warp stands where lanes may have parted.
/// </summary>
internal static class MachineCheck
{
    /// <summary>Turing, Ampere (A100; the others), Ada and Hopper.</summary>
    public static IReadOnlyList<string> Architectures { get; } = ["sm_75", "sm_80", "sm_86", "sm_89", "sm_90"];

    /// <summary>Compiles all that a device of each architecture can run, side by side.</summary>
    /// <returns>0, or 6 where something does not hold, each named.</returns>
    public static int Run(NvidiaTools tools, IReadOnlyList<GpuKernel> kernels, IReadOnlyList<string> architectures, TextWriter output,
        TextWriter errors)
    {
        output.WriteLine($"Compiled by {tools.Release()}; nothing was run.");
        (GpuKernel Kernel, string Architecture, string Ptx)[] work = [.. architectures.SelectMany(a => Texts(kernels, a))];
        var faults = new ConcurrentBag<(string Architecture, string Text)>();
        Parallel.ForEach(work, one =>
        {
            foreach (string fault in Faults(tools, one.Kernel, one.Architecture, one.Ptx))
                faults.Add((one.Architecture, $"{one.Kernel.Name}: {fault}"));
        });
        foreach (IGrouping<string, (GpuKernel, string, string)> of in work.GroupBy(one => one.Architecture))
        {
            string[] found = [.. faults.Where(fault => fault.Architecture == of.Key).Select(fault => fault.Text).Order()];
            string verdict = found.Length == 0 ? "all as they have to be" : $"{found.Length} faults";
            output.WriteLine($"{of.Key}: {of.Count()} kernels, {verdict}");
            foreach (string fault in found)
                output.WriteLine($"- MISSED {of.Key} {fault}");
        }

        if (faults.IsEmpty)
            return 0;
        errors.WriteLine($"{faults.Count} things do not hold of the machine code.");
        return 6;
    }

    /// <summary>The PTX of the kernels that a device of an architecture can run, as it gets it.</summary>
    public static IReadOnlyList<(GpuKernel Kernel, string Architecture, string Ptx)> Texts(
        IReadOnlyList<GpuKernel> kernels, string architecture)
    {
        int capability = Capability(architecture);
        (int major, int minor) = Math.DivRem(capability, 10);
        CudaArchitecture target = PtxCompiler.For(major, minor);
        using var compiler = new PtxCompiler(target, null);
        return [.. kernels.Where(kernel => kernel.LeastCapability <= capability)
            .Select(kernel => (kernel, architecture, compiler.Compile(kernel)))];
    }

    /// <summary>90 of "sm_90".</summary>
    public static int Capability(string architecture) =>
        int.Parse(architecture.AsSpan("sm_".Length), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>What does not hold of a kernel.</summary>
    public static IEnumerable<string> Faults(NvidiaTools tools, GpuKernel kernel, string architecture, string ptx)
    {
        Cubin cubin, unfused;
        try
        {
            cubin = tools.Compile(ptx, architecture);
            unfused = tools.Compile(ptx, architecture, "--fmad=false");
        }
        catch (InvalidOperationException e)
        {
            return [e.Message];
        }

        var faults = new List<string>();
        faults.AddRange(cubin.Warnings);
        if (cubin.StackBytes != 0)
            faults.Add($"{cubin.StackBytes} bytes of stack a thread, none asked");
        if (cubin.SpillBytes != 0)
            faults.Add($"{cubin.SpillBytes} bytes of registers spilled, none asked");
        if (cubin.ParameterBytes != kernel.ParameterBytes)
            faults.Add($"it reads {cubin.ParameterBytes} bytes of parameters, launches pass {kernel.ParameterBytes}");
        if (!cubin.Code.AsSpan().SequenceEqual(unfused.Code))
            faults.Add("with --fmad=false its machine code is another: a rounding is left to the compiler");
        if (PartedAt(cubin.Code) is { } at)
            faults.Add($"at {at:x4} an instruction for the whole warp stands after a branch inside a convergence region");
        return faults;
    }

    /// <summary>
    /// The address of the first barrier, ldmatrix or mma after a branch between BSSY, where lanes may part, and BSYNC, where they meet
    /// again, with no WARPSYNC of all lanes between; null where there is none. Instructions have 16 bytes, the operation in the lowest 12
    /// bits, a literal in the next 32 (Turing to Hopper).
    /// </summary>
    public static int? PartedAt(ReadOnlySpan<byte> code)
    {
        const int Bytes = 16, Bssy = 0x945, Bsync = 0x941, Branch = 0x947, WarpSync = 0x948, Barrier = 0xB1D, LoadMatrix = 0x83B,
            Mma = 0x23C;
        const uint WarpSyncAll = 0; // Hopper's WARPSYNC.ALL; Turing to Ada write the mask of all lanes
        int depth = 0;
        ulong parted = 0; // a bit for each depth of regions in which lanes may have parted
        for (int at = 0; at + Bytes <= code.Length; at += Bytes)
        {
            switch (BinaryPrimitives.ReadUInt16LittleEndian(code[at..]) & 0xFFF)
            {
                case Bssy:
                    depth++;
                    break;
                case Bsync:
                    parted &= ~(1UL << depth);
                    depth = Math.Max(depth - 1, 0);
                    break;
                case WarpSync when BinaryPrimitives.ReadUInt32LittleEndian(code[(at + 4)..]) is uint.MaxValue or WarpSyncAll:
                    parted = 0;
                    break;
                case Branch when depth > 0:
                    parted |= 1UL << depth;
                    break;
                case Barrier or LoadMatrix or Mma when parted != 0:
                    return at;
            }
        }

        return null;
    }
}
