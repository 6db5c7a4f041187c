using System.Globalization;
using System.Runtime.InteropServices;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Tests;

/// <summary>Small kernels to try an instruction or a shape of control flow.</summary>
internal static class Ptx
{
    /// <summary>
    /// A module with the kernel "k", whose registers are named by type: %p, %h (16 bits), %r, %d (64 bits), %f, %g (float64).
    /// </summary>
    public static string Kernel(string body, string parameters = ".param .u64 out", string outside = "") => $$"""
        .version 7.8
        .target sm_80
        .address_size 64
        {{outside}}
        .visible .entry k({{parameters}})
        {
            .reg .pred %p<16>;
            .reg .b16 %h<16>;
            .reg .b32 %r<64>;
            .reg .b64 %d<32>;
            .reg .f32 %f<64>;
            .reg .f64 %g<16>;
        {{body}}
        }
        """;

    /// <summary>
    /// A kernel with a pointer to one word a thread in %d1 (its own) and %d0 (the first), and the thread's number in %r0.
    /// </summary>
    public static string Threads(string body) => Kernel($"""
            ld.param.u64 %d0, [out];
            mov.u32 %r0, %tid.x;
            mul.wide.u32 %d1, %r0, 4;
            add.u64 %d1, %d0, %d1;
        {body}
        """);

    /// <summary>The result of one instruction on given bits, the same in a lone thread and in every lane of a full warp.</summary>
    /// <param name="instruction">With operands %x (result) and %a, %b, %c.</param>
    /// <param name="result">Type of the result.</param>
    /// <param name="source">Type of the sources, or types by comma.</param>
    /// <param name="sources">Their bits, hexadecimal.</param>
    public static string Evaluate(string instruction, string result, string source, params string[] sources)
    {
        string[] types = source.Split(',');
        var body = new List<string>
        {
            $".reg .{result} %x;",
            "ld.param.u64 %d0, [out];",
            "mov.u32 %r0, %tid.x;",
            "mul.wide.u32 %d1, %r0, 8;",
            "add.u64 %d1, %d0, %d1;",
        };
        var arguments = new List<byte>();
        for (int i = 0; i < sources.Length; i++)
        {
            string name = $"%{(char)('a' + i)}", type = types[Math.Min(i, types.Length - 1)];
            body.Add($".reg .{type} {name};");
            body.Add(type == "pred" ? $"ld.param.u32 %r1, [in+{8 * i}]; setp.ne.u32 {name}, %r1, 0;" : $"ld.param.{type} {name}, "
                + $"[in+{8 * i}];");
            arguments.AddRange(BitConverter.GetBytes(ulong.Parse(sources[i], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        }

        body.Add(instruction + ";");
        body.Add(result == "pred" ? "selp.u32 %r2, 1, 0, %x; st.global.u32 [%d1], %r2;" : $"st.global.{result} [%d1], %x;");
        body.Add("ret;");
        string module = Kernel(string.Join("\n", body), $".param .u64 out, .param .align 8 .b8 in[{8 * sources.Length}]");
        int digits = result switch { "pred" => 1, "b16" or "u16" or "s16" => 4, "b64" or "u64" or "s64" or "f64" => 16, _ => 8 };
        var results = new HashSet<string>();
        foreach (int threads in (int[])[1, 32])
        {
            using var emulator = new Emulator();
            ulong at = emulator.Memory.Allocate(8 * threads);
            emulator.Memory.Fill(at, 8 * threads, 0);
            emulator.Launch(PtxModule.Parse(module).Kernel("k"), new Dim3(1), new Dim3(threads),
                [.. BitConverter.GetBytes(at), .. arguments]);
            var bytes = new ulong[threads];
            emulator.Memory.Read(at, MemoryMarshal.AsBytes(bytes.AsSpan()));
            results.UnionWith(bytes.Select(b => b.ToString($"X{digits}", CultureInfo.InvariantCulture)));
        }

        return Assert.Single(results);
    }

    /// <summary>Launches "k" with a buffer of words, all zero before, and returns them and the report.</summary>
    public static (uint[] Words, LaunchReport Report) Launch(string module, int words, Dim3 grid, Dim3 block, int seed = 1,
        int dynamicShared = 0, bool written = true, uint[]? before = null, int workers = 2)
    {
        using var emulator = new Emulator(new EmulatorOptions { Seed = seed, Workers = workers, StepLimit = 10_000 });
        ulong at = emulator.Memory.Allocate(4L * words);
        if (before is not null)
            emulator.Memory.Write(at, MemoryMarshal.AsBytes(before.AsSpan()));
        else if (written)
            emulator.Memory.Fill(at, 4L * words, 0);
        LaunchReport report = emulator.Launch(PtxModule.Parse(module).Kernel("k"), grid, block, BitConverter.GetBytes(at), dynamicShared);
        var result = new uint[words];
        emulator.Memory.Read(at, MemoryMarshal.AsBytes(result.AsSpan()));
        return (result, report);
    }

    /// <summary>The refusal of a launch of <see cref="Threads"/>.</summary>
    public static PtxException Refused(string body, int threads = 32, int blocks = 1, bool written = true) =>
        Assert.Throws<PtxException>(() => Launch(Threads(body), 4096, new Dim3(blocks), new Dim3(threads), written: written));
}
