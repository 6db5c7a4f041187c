using System.Globalization;
using Smile.Bench;
using Smile.Bench.Ptx;
using Smile.Kernels.Ops.Conv2d;
using Smile.PtxEmulator.Instructions;

namespace Smile.Ladder;

/// <summary>The ladder for people; its tables are Markdown, as README.md holds them.</summary>
internal sealed class LadderText(TextWriter output)
{
    public void Write(ConvShape shape, IReadOnlyList<RungRow> rows)
    {
        Line($"{shape.Kernel}x{shape.Kernel} convolution, {shape.InChannels} to {shape.OutChannels} channels, dilation {shape.Dilation}, ",
            $"padding {shape.Pad}, {shape.Batch} x {shape.Height} x {shape.Width}: {shape.Flops / 1e9:F2} GFLOP.");
        Line($"""
            Counted on the emulator, sm_80; no GPU, no time. Terms are those of docs/roofline.md. MB: global memory asked for, in sectors. integer, ld/st shared: share of integer instructions
            and of accesses to shared memory in the main loop. barriers: that a warp passes. ahead: instructions that a warp issues between a load of global memory and the first use of what it brings.

            | rung | right | issued, millions | FMA loop | mma loop | integer | ld/st shared | MB | FLOP/byte | of its tiling | sectors/req | conflicts | barriers | ahead | lanes | divergent | regs | shared | local |
            |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
            """);
        foreach (RungRow row in rows)
        {
            LaunchRow k = row.Kernel;
            CodeRow loop = k.MainLoop ?? k.Code;
            Line($"| {row.Name} | {row.Difference ?? "yes"} | {k.Code.Issued / 1e6:F2} | {loop.FmaShare:P0} | {loop.MmaShare:P0} | ",
                $"{Share(loop, InstructionClass.Integer):P0} | {Share(loop, InstructionClass.SharedMemory):P0} | ",
                $"{row.MovedBytes / 1e6:F0} | {row.Intensity:F1} | {k.TilingRatio:F2} | {k.Code.SectorRatio:F2} | {loop.BankConflicts} | ",
                $"{row.Barriers} | {Optional(row.LoadDistance)} | {k.LanesActive:P0} | {k.DivergentBranches} | {k.LiveRegisters} | ",
                $"{k.SharedBytes} | {k.LocalBytes} |");
        }

        output.WriteLine();
        new ReportText(output).Bounds([.. rows.Select(row => row.Kernel)]);
    }

    private static double Share(CodeRow loop, InstructionClass of) => loop.Classes.GetValueOrDefault(of.ToString()) / (double)loop.Issued;

    private static string Optional(double? value) => value is { } number ? number.ToString("F0", CultureInfo.InvariantCulture) : "";

    private void Line(params FormattableString[] pieces) => output.WriteLine(InvariantText.Of(pieces));
}
