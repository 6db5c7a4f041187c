using Smile.Kernels.Ops.Conv2d;
using Smile.PtxEmulator.Counters;

namespace Smile.Bench.Ptx.Machine;

/// <summary>
/// What a launch executes in machine code: NVIDIA's compiler says which instructions there are and which line of the PTX each is of, the
/// emulator how often each line runs. Registers and occupancy are the compiler's; what the emulator guesses of both stands beside.
/// </summary>
internal sealed class MachineReport(NvidiaTools tools, string architecture, TextWriter output)
{
    private readonly int _capability = MachineCheck.Capability(architecture);
    private readonly Dictionary<string, MachineKernel> _kernels = [];

    /// <summary>The GPU that occupancy is told of.</summary>
    private GpuSpecification Gpu => GpuSpecification.OfCapability(_capability);

    /// <summary>A table of the launches of the cases, and all of one kernel where one is named.</summary>
    public void Write(IReadOnlyList<KernelCase> cases, string? kernel)
    {
        output.WriteLine($"""
            Machine code for {architecture} by {tools.Release()}; executed as the emulator counts the lines of the PTX; no GPU, no time.
            regs, FMA: the compiler's (the emulator's guess). executed: instructions of warps, millions (as the emulator counts the PTX).
            loop: instructions and stall cycles of its blocks, each once. flight: bytes that a warp has on the way. occ.: {Gpu.Name}.
            miss: how far instructions that keep their number are from their lines' counts.

            | kernel | case | regs | spilled | stack | executed | stalls a warp | FMA | mma | loop | flight | occ. | miss |
            |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
            """);
        var details = new List<(LaunchReport Launch, MachineLaunch Machine, string Case)>();
        using var counting = new Counting(cases.Where(one => one.Precision == Precision.Fp32 || _capability >= 80), _capability);
        foreach (Counted counted in counting.Run())
            foreach (IGrouping<string, LaunchReport> of in counted.Launches.GroupBy(NameOf).Where(g => kernel is null || g.Key == kernel))
            {
                LaunchReport launch = of.MaxBy(l => l.Total.Warps)!;
                MachineKernel compiled = Compiled(of.Key, counting.Texts[launch.Kernel]);
                var machine = MachineLaunch.Of(compiled, launch.Lines, launch.Grid.Count * launch.Block.Count);
                Row(launch, machine, counted.Case.Name);
                if (kernel is not null)
                    details.Add((launch, machine, counted.Case.Name));
            }

        output.WriteLine();
        foreach ((LaunchReport launch, MachineLaunch machine, string name) in details)
            Details(launch, machine, name);
    }

    private static string NameOf(LaunchReport launch) => launch.Kernel["Kernel_".Length..];

    private MachineKernel Compiled(string name, string ptx) =>
        _kernels.TryGetValue(name, out MachineKernel? known) ? known : _kernels[name] = MachineKernel.Of(tools, ptx, architecture);

    private void Row(LaunchReport launch, MachineLaunch machine, string name)
    {
        Cubin cubin = machine.Kernel.Cubin;
        double executed = machine.Instructions, warps = launch.Grid.Count * ((launch.Block.Count + 31) / 32);
        Occupancy occupancy = Gpu.Occupancy((int)launch.Block.Count, cubin.Registers, launch.SharedBytes);
        Line($"| {NameOf(launch)} | {name} | {cubin.Registers} ({launch.LiveRegisters}) | {cubin.SpillBytes} | {cubin.StackBytes} | ",
            $"{executed / 1e6:F2} ({launch.IssuedInstructions / 1e6:F2}) | {machine.Stalls / warps:F0} | ",
            $"{machine.Of("FFMA") / executed:P0} ({launch.FmaShare:P0}) | {machine.Of("mma") / executed:P0} | ",
            $"{machine.Loop.Sum(b => b.Instructions)} / {machine.Loop.Sum(b => b.Stalls)} | {machine.BytesInFlight} | ",
            $"{occupancy.Share:P0} {occupancy.Limit[0]} | {machine.Miss:P1} |");
    }

    private void Details(LaunchReport launch, MachineLaunch machine, string name)
    {
        double warps = launch.Grid.Count * ((launch.Block.Count + 31) / 32), executed = machine.Instructions;
        Line($"{NameOf(launch)}, {name}: {launch.Grid.X} x {launch.Grid.Y} blocks of {launch.Block.Count} threads, ",
            $"{machine.Kernel.Disassembly.Code.Count} instructions, {executed:F0} executed, {executed / warps:F0} a warp");
        output.WriteLine("  executed by class: " + string.Join(", ", machine.ByClass().Where(c => c.Count >= 0.5)
            .Select(c => InvariantText.Of($"{c.Class} {c.Count:F0} ({c.Count / executed:P1})"))));
        output.WriteLine("  blocks, those of the main loop marked: address, instructions, stall cycles, times a warp, share, classes");
        foreach (BlockRow block in machine.Blocks.Where(b => machine.Loop.Contains(b) || b.Warps * b.Instructions >= 0.001 * executed))
            Line($"  {(machine.Loop.Contains(block) ? '*' : ' ')} {block.Address,6:x4} {block.Instructions,5} {block.Stalls,6} ",
                $"{block.Warps / warps,10:F2} {block.Warps * block.Instructions / executed,7:P1}  ",
                $"{string.Join(", ", block.Classes.OrderByDescending(c => c.Value).Select(c => $"{c.Key} {c.Value}"))}");
        output.WriteLine();
    }

    private void Line(params FormattableString[] pieces) => output.WriteLine(InvariantText.Of(pieces));
}
