using System.Buffers.Binary;
using Smile.Bench.Ptx.Machine;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu;

namespace Smile.PtxEmulator.Tests.Reports.Machine;

/// <summary>What is asked of the machine code that NVIDIA's compiler makes; skipped, with the reason, where the compiler is not.</summary>
public sealed class MachineCheckTests
{
    private const ulong Bssy = 0x7945, Bsync = 0x7941, Branch = 0x947, Barrier = 0x7B1D, Mma = 0x723C;
    private const ulong WarpSync = 0xFFFF_FFFF_0000_7948, WarpSyncOfSome = 0x0000_FFFF_0000_7948,
        WarpSyncAll = 0x7948;

    /// <summary>A kernel of one parameter, the view of the memory: what its own text says is in the body.</summary>
    private static string Module(string body, int parameterBytes = GpuKernel.ViewBytes) => $$"""
        .version 7.8
        .target sm_80
        .address_size 64
        .visible .entry k(.param .align 8 .b8 memory[{{parameterBytes}}])
        {
            .reg .f32 %f<9>;
            .reg .b32 %r<9>;
            .reg .b64 %rd<9>;
            ld.param.u64 %rd1, [memory];
            cvta.to.global.u64 %rd1, %rd1;
            ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1];
            ld.global.u32 %r1, [%rd1+16];
            {{body}}
            st.global.f32 [%rd1], %f5;
            ret;
        }
        """;

    [Fact]
    public void Every_kernel_compiles_without_spill_or_stack_and_leaves_no_rounding_to_the_compiler()
    {
        using var output = new StringWriter();
        Assert.True(MachineCheck.Run(Tools(), GpuKernels.All, ["sm_80"], output, TextWriter.Null) == 0, output.ToString());
        Assert.Contains($"sm_80: {GpuKernels.All.Count} kernels, all as they have to be", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mul.f32 %f5, %f1, %f2; add.f32 %f5, %f5, %f3;", "with --fmad=false its machine code is another")]
    [InlineData("""
        .local .align 16 .b8 many[1024]; .reg .b64 %at; cvt.u64.u32 %rd2, %r1; mov.u64 %at, many; add.s64 %at, %at, %rd2;
        st.local.v2.f32 [%at], {%f1, %f2}; ld.local.f32 %f5, [many+64];
        """, "1024 bytes of stack a thread")]
    [InlineData("add.rn.f32 %f5, %f1;", "ptxas ")]
    public void What_does_not_hold_is_named(string body, string expected) =>
        Assert.Contains(MachineCheck.Faults(Tools(), new Kernel(GpuKernel.ViewBytes), "sm_80", Module(body)),
            fault => fault.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void Parameters_of_another_size_are_named_and_what_is_right_has_no_fault()
    {
        string right = Module("fma.rn.f32 %f5, %f1, %f2, %f3;", parameterBytes: 48);
        Assert.Empty(MachineCheck.Faults(Tools(), new Kernel(48), "sm_80", right));
        Assert.Equal(["it reads 48 bytes of parameters, launches pass 16"],
            MachineCheck.Faults(Tools(), new Kernel(GpuKernel.ViewBytes), "sm_80", right));
    }

    [Fact]
    public void Registers_and_shared_memory_are_read_off_the_compilers_words()
    {
        const string Body = ".shared .align 4 .b8 tile[512]; st.shared.f32 [tile], %f1; bar.sync 0; ld.shared.f32 %f5, [tile];";
        Cubin cubin = Tools().Compile(Module(Body), "sm_80");
        Assert.Equal((512, 0, 0, GpuKernel.ViewBytes), (cubin.SharedBytes, cubin.StackBytes, cubin.SpillBytes, cubin.ParameterBytes));
        Assert.InRange(cubin.Registers, 4, 32);
        Assert.NotEmpty(cubin.Code);
        Assert.Empty(cubin.Warnings);
    }

    [Fact]
    public void A_file_that_is_no_machine_code_is_refused() =>
        Assert.Throws<InvalidDataException>(() => Cubin.Read("no ELF"u8.ToArray(), ""));

    [Theory]
    [InlineData(null, Barrier)]
    [InlineData(null, Bssy, Barrier, Branch, Bsync)]
    [InlineData(32, Bssy, Branch, Barrier, Bsync)]
    [InlineData(48, Bssy, Bssy, Branch, Mma, Bsync, Bsync)]
    [InlineData(null, Bssy, Branch, Bsync, Barrier)]
    [InlineData(80, Bssy, Branch, Bssy, Branch, Bsync, Mma, Bsync)] // still inside the outer one
    [InlineData(null, Branch, Barrier)] // no region: the compiler knows that lanes do not part
    [InlineData(null, Bssy, Branch, WarpSync, Barrier, Bsync)]
    [InlineData(null, Bssy, Branch, WarpSync, Bssy, Branch, Bsync, Barrier, Bsync)] // those that parted inside have met again
    [InlineData(null, Bssy, Branch, WarpSyncAll, Barrier, Bsync)]
    [InlineData(48, Bssy, Branch, WarpSyncOfSome, Barrier, Bsync)]
    public void An_instruction_of_the_whole_warp_after_a_branch_in_a_region_is_found(int? expected, params ulong[] code)
    {
        byte[] bytes = new byte[16 * code.Length];
        for (int i = 0; i < code.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16 * i), code[i]);
        Assert.Equal(expected, MachineCheck.PartedAt(bytes));
    }

    internal static NvidiaTools Tools()
    {
        NvidiaTools? tools = NvidiaTools.Find(out string why);
        Assert.SkipWhen(tools is null, why);
        return tools!;
    }

    private sealed class Kernel(int parameterBytes) : GpuKernel(typeof(Kernel).GetMethods()[0], 32)
    {
        public override int ParameterBytes => parameterBytes;
    }
}
