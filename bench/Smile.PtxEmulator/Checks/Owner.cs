namespace Smile.PtxEmulator.Checks;

/// <summary>
/// Who touched a word last, in 64 bits: block, tick, warp, lane. A tick is a warp's count of what orders its accesses: a barrier of the
/// block sets the ticks of all its warps to one new value, bar.warp.sync raises one warp's. Zero is nobody.
/// </summary>
internal readonly record struct Owner(ulong Bits)
{
    public const int MaxBlocks = (1 << 24) - 2;

    /// <summary>The last tick that fits.</summary>
    public const uint MaxTick = (1 << 26) - 1;

    private const uint Many = 32;
    private const ulong ManyBlocks = (1 << 24) - 1;
    private const int WarpShift = 6, AtomicShift = 12, PendingShift = 13, TickShift = 14, BlockShift = 40;

    public static Owner Of(int block, uint tick, int warp, int lane) =>
        new(((ulong)block + 1) << BlockShift | (ulong)(tick & MaxTick) << TickShift | (uint)warp << WarpShift | (uint)lane);

    public bool IsNobody => Bits == 0;

    public bool IsAtomic => (Bits >> AtomicShift & 1) != 0;

    public bool IsPending => (Bits >> PendingShift & 1) != 0;

    public Owner Atomic => new(Bits | 1UL << AtomicShift);

    /// <summary>The owner while its cp.async is on the way.</summary>
    public Owner Pending => new(Bits | 1UL << PendingShift);

    private ulong Block => Bits >> BlockShift;

    private uint Tick => (uint)(Bits >> TickShift) & MaxTick;

    private uint Warp => (uint)(Bits >> WarpShift) & 63;

    private uint Lane => (uint)Bits & 63;

    /// <summary>True where an access of this owner and one of <paramref name="now"/> are by two threads and nothing orders them.</summary>
    /// <param name="now">The thread that touches the word now.</param>
    /// <param name="phase">Tick of the block's last barrier.</param>
    public bool Conflicts(Owner now, uint phase)
    {
        if (IsNobody)
            return false;
        if (Block != now.Block)
            return true;
        if (Tick < phase)
            return false;
        return Warp != now.Warp || (Tick >= now.Tick && Lane != now.Lane);
    }

    /// <summary>True where the block has seen no barrier since this owner, one of its threads, touched the word.</summary>
    public bool IsOfPhase(Owner now, uint phase) => Block == now.Block && Tick >= phase;

    /// <summary>The owner that stands for both, with <paramref name="now"/> the later; what is ordered before it is forgotten.</summary>
    public Owner With(Owner now, uint phase)
    {
        if (!Conflicts(now, phase))
            return IsNobody || Block == now.Block ? now : this;
        if (Block != now.Block)
            return new Owner(ManyBlocks << BlockShift);
        return Warp != now.Warp
            ? new Owner((now.Bits & ~0xFFFUL) | Many << WarpShift | Many)
            : new Owner((now.Bits & ~0x3FUL) | Many);
    }
}
