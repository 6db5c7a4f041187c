using System.Numerics;
using Smile.PtxEmulator.Checks;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>
/// cp.async with commit_group, wait_group and wait_all (PTX ISA, "Data Movement and Conversion Instructions: Asynchronous copy").
/// </summary>
internal static class AsyncCopy
{
    public static IReadOnlyDictionary<string, Func<Form, Instruction>> Forms { get; } =
        new Dictionary<string, Func<Form, Instruction>> { ["cp"] = Decode };

    private static Instruction Decode(Form form)
    {
        form.Need("async");
        if (form.Take("commit_group"))
            return new CopyGroupInstruction(CopyGroup.Commit, 0);
        if (form.Take("wait_group"))
            return new CopyGroupInstruction(CopyGroup.Wait, form.Integer(0));
        if (form.Take("wait_all"))
            return new CopyGroupInstruction(CopyGroup.WaitAll, 0);

        bool cached = form.TakeAny("ca", "cg") switch
        {
            "ca" => true,
            "cg" => false,
            _ => throw form.Refuse("it has .ca or .cg"),
        };
        form.Need("shared");
        form.Need("global");
        form.TakeAny("L2::64B", "L2::128B", "L2::256B"); // what the hardware fetches into its cache: no part of the meaning
        Address to = form.Address(0, Space.Shared), from = form.Address(1, Space.Global);
        int bytes = form.Integer(2);
        if (bytes is not (4 or 8 or 16) || (!cached && bytes != 16))
            throw form.Refuse($"it does not copy {bytes} bytes", PtxFault.Syntax);
        Reg? sourceBytes = form.OperandCount > 3 ? form.Read(3, PtxType.U32) : null;
        return new CopyInstruction(to, from, bytes, sourceBytes);
    }
}

/// <summary>
/// cp.async: bytes from global to shared memory, which may be touched after the thread has waited for its group. Where fewer source bytes
/// are given, the rest is zero.
/// </summary>
internal sealed unsafe class CopyInstruction(Address to, Address from, int bytes, Reg? sourceBytes) : MemoryInstruction(Space.Global, from)
{
    public override InstructionClass Class => InstructionClass.AsyncCopy;

    public override int Bytes => bytes;

    public override int ElementBytes => bytes;

    public override void Execute(Warp warp, uint mask)
    {
        Span<ulong> targets = stackalloc ulong[Warp.Lanes], sources = stackalloc ulong[Warp.Lanes];
        to.Get(warp, mask, targets, this);
        Address.Get(warp, mask, sources, this);
        if (sourceBytes is { } given)
            warp.Require(given, mask, this);
        uint reading = 0;
        Span<byte> data = stackalloc byte[16];
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            int valid = sourceBytes is { } reg ? (int)Math.Min(warp.Values<uint>(reg)[lane], int.MaxValue) : bytes;
            if (valid > bytes)
                throw Refuse(PtxFault.Uninitialised, $"{warp.Thread(lane)} gives {valid} source bytes of a copy of {bytes}");
            if ((targets[lane] & (ulong)(bytes - 1)) != 0 || (sources[lane] & (ulong)(bytes - 1)) != 0)
                throw Refuse(PtxFault.Misaligned,
                    $"{warp.Thread(lane)}: 0x{targets[lane]:X} or 0x{sources[lane]:X} is no multiple of {bytes}");
            data.Clear();
            if (valid > 0)
            {
                new ReadOnlySpan<byte>(warp.Block.Global(sources[lane], valid, Access.Read, warp, lane, this), valid).CopyTo(data);
                reading |= 1u << lane;
            }

            warp.Block.Shared.BeginCopy(targets[lane], bytes, warp, lane, this);
            warp.Copies.Add(lane, targets[lane], data[..bytes]);
        }

        if (reading != 0)
            Traffic.Global(sources, reading, bytes, ref warp.Block.Counts[Index]);
    }
}

internal enum CopyGroup
{
    Commit, Wait, WaitAll,
}

/// <summary>cp.async.commit_group, .wait_group n and .wait_all.</summary>
internal sealed class CopyGroupInstruction(CopyGroup kind, int pending) : Instruction
{
    public override InstructionClass Class => InstructionClass.AsyncCopy;

    public override void Execute(Warp warp, uint mask)
    {
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            switch (kind)
            {
                case CopyGroup.Commit:
                    warp.Copies.Commit(lane);
                    break;
                case CopyGroup.Wait:
                    warp.Copies.Wait(lane, pending, warp);
                    break;
                default:
                    warp.Copies.WaitAll(lane, warp);
                    break;
            }
        }
    }
}
