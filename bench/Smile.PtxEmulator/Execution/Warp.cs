using System.Numerics;
using System.Runtime.InteropServices;
using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Execution;

/// <summary>Where a warp stands.</summary>
internal enum WarpState
{
    Ready, AtBarrier, Done,
}

/// <summary>
/// 32 lanes with their registers. Lanes that part at a branch are run one side after the other, and join at the branch's immediate
/// post-dominator; the side that goes first is drawn by the seed.
/// </summary>
internal sealed unsafe partial class Warp : IDisposable
{
    public const int Lanes = 32;

    private readonly KernelProgram _program;
    private readonly byte* _registers, _scratch;
    private readonly uint[] _predicates, _defined;
    private readonly List<Frame> _frames = [];
    private long _steps;

    public Warp(Block block, KernelProgram program, int index, int threads)
    {
        (Block, _program, Index) = (block, program, index);
        All = threads >= Lanes ? uint.MaxValue : (1u << threads) - 1;
        _registers = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(program.Registers.Bytes, 64), 64);
        _scratch = (byte*)NativeMemory.AlignedAlloc(Lanes * sizeof(ulong), 64);
        _predicates = new uint[program.Registers.Count];
        _defined = new uint[program.Registers.Count];
        Local = new LocalMemory(program.LocalBytes);
        foreach (((ulong bits, int size), Reg reg) in program.Registers.Constants)
            Fill(reg, bits, size);
    }

    public Block Block { get; }

    /// <summary>Number of the warp in its block.</summary>
    public int Index { get; }

    /// <summary>The lanes that have a thread.</summary>
    public uint All { get; }

    /// <summary>The lanes whose thread has not ended.</summary>
    public uint Alive { get; private set; }

    public WarpState State { get; private set; }

    /// <summary>The barrier that an <see cref="WarpState.AtBarrier"/> warp waits at.</summary>
    public BarrierInstruction? Barrier { get; private set; }

    /// <summary>
    /// Accesses of this warp with a smaller tick are ordered before what its lanes do now; see <see cref="Checks.Owner"/>.
    /// </summary>
    public uint Tick { get; set; }

    public LocalMemory Local { get; }

    public AsyncCopies Copies { get; } = new();

    /// <summary>Begins a block: all threads at the first instruction, nothing written.</summary>
    public void Start(uint tick)
    {
        Array.Clear(_defined);
        foreach (Reg constant in _program.Registers.Constants.Values)
            _defined[constant.Id] = uint.MaxValue;
        foreach ((Special special, Reg reg) in _program.Registers.Specials)
            SetSpecial(special, reg);
        Local.Clear();
        Copies.Clear();
        _frames.Clear();
        _frames.Add(new Frame(0, int.MaxValue, All));
        (State, Alive, Tick, _steps) = (WarpState.Ready, All, tick, 0);
    }

    /// <summary>Lets the warp go on behind its barrier.</summary>
    public void Release(uint tick) => (State, Tick, Barrier) = (WarpState.Ready, tick, null);

    public T* Values<T>(Reg reg)
        where T : unmanaged => (T*)(_registers + reg.Offset);

    /// <summary>Where an instruction may put 32 results before <see cref="Keep"/> copies those of the active lanes.</summary>
    public T* Scratch<T>()
        where T : unmanaged => (T*)_scratch;

    /// <summary>Where to compute all 32 lanes of <paramref name="reg"/>: in place where all are active.</summary>
    public T* Target<T>(Reg reg, uint mask)
        where T : unmanaged => (T*)(mask == uint.MaxValue ? _registers + reg.Offset : _scratch);

    /// <summary>Completes a write to the active lanes that <see cref="Target"/> began.</summary>
    public void Keep<T>(Reg reg, uint mask)
        where T : unmanaged
    {
        if (mask != uint.MaxValue)
        {
            T* to = Values<T>(reg), from = (T*)_scratch;
            for (uint left = mask; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                to[lane] = from[lane];
            }
        }

        _defined[reg.Id] |= mask;
    }

    public uint Bits(Reg predicate) => _predicates[predicate.Id];

    public void SetBits(Reg predicate, uint mask, uint bits)
    {
        _predicates[predicate.Id] = (_predicates[predicate.Id] & ~mask) | (bits & mask);
        _defined[predicate.Id] |= mask;
    }

    public uint Defined(Reg reg) => _defined[reg.Id];

    /// <summary>Says which lanes hold a value: <paramref name="defined"/> of the lanes of <paramref name="mask"/>.</summary>
    public void SetDefined(Reg reg, uint mask, uint defined) => _defined[reg.Id] = (_defined[reg.Id] & ~mask) | (defined & mask);

    /// <summary>Refuses where a lane of <paramref name="mask"/> has no value in <paramref name="reg"/>.</summary>
    public void Require(Reg reg, uint mask, Instruction reader)
    {
        if ((_defined[reg.Id] & mask) != mask)
            throw Undefined(reg, mask, reader);
    }

    /// <summary>The lanes of <paramref name="mask"/> where the predicate holds.</summary>
    public uint True(PredicateOperand predicate, uint mask, Instruction reader)
    {
        Require(predicate.Reg, mask, reader);
        uint bits = Bits(predicate.Reg);
        return (predicate.Negated ? ~bits : bits) & mask;
    }

    /// <summary>Refuses where the lanes that execute a .sync instruction are not those of its member mask that have not ended.</summary>
    public void RequireMembers(Reg members, uint mask, Instruction reader)
    {
        Require(members, mask, reader);
        uint* wanted = Values<uint>(members);
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            if ((wanted[lane] & Alive) != mask)
                throw reader.Refuse(PtxFault.PartialWarp,
                    $"{Thread(lane)} waits for lanes {wanted[lane] & Alive:X8}, lanes {mask:X8} are there");
        }
    }

    /// <summary>Refuses where an instruction that takes a whole warp is reached by part of one.</summary>
    public void RequireAll(uint mask, Instruction reader)
    {
        if (mask != uint.MaxValue)
            throw reader.Refuse(PtxFault.PartialWarp, $"it takes all 32 lanes of a warp, lanes {mask:X8} of warp {Index} of block "
                + $"{Block.Position} are there");
    }

    /// <summary>The thread of a lane, for the race check.</summary>
    public Checks.Owner Owner(int lane) => Checks.Owner.Of(Block.Number, Tick, Index, lane);

    /// <summary>The thread of a lane, as a message names it.</summary>
    public string Thread(int lane) => $"thread {Index * Lanes + lane} of block {Block.Position}";

    public void Dispose()
    {
        NativeMemory.AlignedFree(_registers);
        NativeMemory.AlignedFree(_scratch);
        Local.Dispose();
    }

    private PtxException Undefined(Reg reg, uint mask, Instruction reader)
    {
        int lane = BitOperations.TrailingZeroCount(mask & ~_defined[reg.Id]);
        return reader.Refuse(PtxFault.Uninitialised, $"{_program.Registers.Name(reg)} has no defined value in {Thread(lane)}: "
            + "never written, or by an operation whose result the ISA leaves open");
    }

    private void Fill(Reg reg, ulong bits, int size)
    {
        if (size == 0)
        {
            _predicates[reg.Id] = bits == 0 ? 0 : uint.MaxValue;
            return;
        }

        for (int lane = 0; lane < Lanes; lane++)
        {
            if (size == 2)
                Values<ushort>(reg)[lane] = (ushort)bits;
            else if (size == 4)
                Values<uint>(reg)[lane] = (uint)bits;
            else
                Values<ulong>(reg)[lane] = bits;
        }
    }

    private void SetSpecial(Special special, Reg reg)
    {
        uint* to = Values<uint>(reg);
        Dim3 size = Block.Size, position = Block.Position, grid = Block.Grid;
        for (int lane = 0; lane < Lanes; lane++)
        {
            int thread = Index * Lanes + lane;
            to[lane] = special switch
            {
                Special.TidX => (uint)(thread % size.X),
                Special.TidY => (uint)(thread / size.X % size.Y),
                Special.TidZ => (uint)(thread / size.X / size.Y),
                Special.NtidX => (uint)size.X,
                Special.NtidY => (uint)size.Y,
                Special.NtidZ => (uint)size.Z,
                Special.CtaidX => (uint)position.X,
                Special.CtaidY => (uint)position.Y,
                Special.CtaidZ => (uint)position.Z,
                Special.NctaidX => (uint)grid.X,
                Special.NctaidY => (uint)grid.Y,
                Special.NctaidZ => (uint)grid.Z,
                Special.LaneId => (uint)lane,
                Special.WarpId => (uint)Index,
                Special.LanemaskEq => 1u << lane,
                Special.LanemaskLt => (1u << lane) - 1,
                Special.LanemaskLe => (uint)((2UL << lane) - 1),
                Special.LanemaskGt => ~(uint)((2UL << lane) - 1),
                Special.LanemaskGe => ~((1u << lane) - 1),
                Special.DynamicSharedSize => (uint)Block.DynamicSharedBytes,
                _ => (uint)(_program.SharedBytes + Block.DynamicSharedBytes),
            };
        }

        _defined[reg.Id] = uint.MaxValue;
    }

    /// <summary>A side of a branch: where it stands, where it ends, who is on it.</summary>
    private record struct Frame(int At, int End, uint Mask);
}
