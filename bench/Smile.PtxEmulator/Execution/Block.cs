using Smile.PtxEmulator.Checks;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Instructions;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Execution;

/// <summary>
/// One worker's block: its warps and shared memory are used for one block after another. Between two barriers the warps run
/// one after the other, in an order drawn from the seed and the block's number.
/// </summary>
internal sealed unsafe class Block : IDisposable
{
    // Generic addresses of shared and local memory (PTX ISA, "Generic Addressing"): windows far from the allocations.
    private const ulong SharedWindow = 0x100_0000_0000, LocalWindow = 0x200_0000_0000, WindowMask = 0xFFFF_FFFF;

    private readonly Launch _launch;
    private readonly Warp[] _warps;
    private Allocation? _last;
    private ulong _random;
    private int _number;

    public Block(Launch launch)
    {
        _launch = launch;
        KernelProgram program = launch.Program;
        Counts = new LineCount[program.Code.Length];
        Shared = new SharedMemory(program.SharedEnd(launch.DynamicSharedBytes), program.Granule);
        int threads = (int)launch.Block.Count;
        _warps = new Warp[(threads + Warp.Lanes - 1) / Warp.Lanes];
        for (int i = 0; i < _warps.Length; i++)
            _warps[i] = new Warp(this, program, i, threads - i * Warp.Lanes);
    }

    public Dim3 Size => _launch.Block;

    public Dim3 Grid => _launch.Grid;

    public Dim3 Position { get; private set; }

    public int DynamicSharedBytes => _launch.DynamicSharedBytes;

    public long StepLimit => _launch.Options.StepLimit;

    public int Granule => _launch.Program.Granule;

    public ReadOnlySpan<byte> Parameters => _launch.Parameters;

    public SharedMemory Shared { get; }

    public LineCount[] Counts { get; }

    public ReadOnlySpan<Warp> Warps => _warps;

    /// <summary>Tick of the last barrier.</summary>
    public uint Phase { get; private set; }

    public int Number => _number;

    /// <summary>A draw of the block's random bits.</summary>
    public bool NextBit() => (Next() & 1) != 0;

    public void Run(int number)
    {
        _number = number;
        Position = new Dim3((int)(number % Grid.X), (int)(number / Grid.X % Grid.Y), (int)(number / ((long)Grid.X * Grid.Y)));
        _random = (ulong)_launch.Options.Seed * 0x9E3779B97F4A7C15 + (ulong)number;
        Phase = 1;
        Shared.Clear();
        foreach (Warp warp in _warps)
            warp.Start(Phase);
        while (RunToBarrier() is { } barrier)
        {
            barrier.Complete(this);
            Phase = _warps.Max(warp => warp.Tick) + 1;
            if (Phase > Owner.MaxTick)
                throw barrier.Refuse(PtxFault.StepLimit,
                    $"block {Position} has passed {Phase} barriers, more than the race check can count");
            foreach (Warp warp in _warps)
                warp.Release(Phase);
        }
    }

    /// <summary>
    /// Checks one lane's access in any space and returns where it is; <paramref name="space"/> becomes the one that a generic address lies
    /// in.
    /// </summary>
    public byte* At(ref Space space, ulong address, int size, Access access, Warp warp, int lane, Instruction by)
    {
        if ((address & (ulong)(size - 1)) != 0)
            throw by.Refuse(PtxFault.Misaligned, $"{warp.Thread(lane)}: 0x{address:X} is no multiple of {size}");
        if (space == Space.Generic)
            space = SpaceOf(address);
        return space switch
        {
            Space.Shared => Shared.At(address & ~SharedWindow, size, access, warp, lane, by),
            Space.Local => warp.Local.At(address & ~LocalWindow, size, access != Access.Read, warp, lane, by),
            _ => Global(address, size, access, warp, lane, by),
        };
    }

    /// <summary>The same for global memory, any size and alignment.</summary>
    public byte* Global(ulong address, int size, Access access, Warp warp, int lane, Instruction by) =>
        _launch.Memory.At(address, size, access, warp, lane, by, ref _last);

    /// <summary>cvta: the generic address of an address in a space.</summary>
    public static ulong ToGeneric(Space space, ulong address) => space switch
    {
        Space.Shared => SharedWindow | address,
        Space.Local => LocalWindow | address,
        _ => address,
    };

    /// <summary>cvta.to: the address in a space of a generic address.</summary>
    public static ulong FromGeneric(Space space, ulong address) => space == Space.Global ? address : address & WindowMask;

    public static Space SpaceOf(ulong address) => (address & ~WindowMask) switch
    {
        SharedWindow => Space.Shared,
        LocalWindow => Space.Local,
        _ => Space.Global,
    };

    public void Dispose()
    {
        Shared.Dispose();
        foreach (Warp warp in _warps)
            warp.Dispose();
    }

    /// <summary>Runs every warp to its next barrier; null where all have ended.</summary>
    private BarrierInstruction? RunToBarrier()
    {
        Span<int> order = stackalloc int[_warps.Length];
        for (int i = 0; i < order.Length; i++)
        {
            int j = (int)(Next() % (ulong)(i + 1));
            (order[i], order[j]) = (order[j], i);
        }

        foreach (int index in order)
            _warps[index].Run();
        Warp? waiting = Array.Find(_warps, warp => warp.State == WarpState.AtBarrier);
        if (waiting is null)
            return null;
        BarrierInstruction barrier = waiting.Barrier!;
        foreach (Warp warp in _warps)
        {
            if (warp.Barrier == barrier)
                continue;
            string where = warp.Barrier is null ? "has ended" : $"waits at that of line {warp.Barrier.Line}";
            throw barrier.Refuse(PtxFault.PartialBlock,
                $"warp {waiting.Index} of block {Position} waits at this barrier, warp {warp.Index} {where}");
        }

        return barrier;
    }

    /// <summary>SplitMix64.</summary>
    private ulong Next()
    {
        ulong z = _random += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
