namespace Smile.PtxEmulator.Execution;

/// <summary>
/// A register of a warp: 32 lanes side by side. Constants and special registers are registers too, filled before the warp starts.
/// </summary>
/// <param name="Id">Index of its mask of defined lanes; of a predicate also of its bits.</param>
/// <param name="Offset">Bytes into the warp's lanes.</param>
/// <param name="Size">Bytes of a lane, 0 of a predicate.</param>
internal readonly record struct Reg(int Id, int Offset, int Size)
{
    public static readonly Reg None = new(-1, 0, 0);
}

/// <summary>A predicate operand, maybe negated.</summary>
internal readonly record struct PredicateOperand(Reg Reg, bool Negated);

/// <summary>Special registers (PTX ISA, "Special Registers").</summary>
internal enum Special
{
    TidX, TidY, TidZ, NtidX, NtidY, NtidZ, CtaidX, CtaidY, CtaidZ, NctaidX, NctaidY, NctaidZ,
    LaneId, WarpId, LanemaskEq, LanemaskLt, LanemaskLe, LanemaskGt, LanemaskGe, DynamicSharedSize, TotalSharedSize,
}

/// <summary>Where every register of a kernel lies.</summary>
internal sealed class RegisterLayout
{
    private readonly Dictionary<(ulong, int), Reg> _constants = [];
    private readonly Dictionary<Special, Reg> _specials = [];
    private readonly List<string> _names = [];
    private readonly List<int> _words = [];

    public int Count => _names.Count;

    /// <summary>Bytes of all lanes.</summary>
    public int Bytes { get; private set; }

    public IReadOnlyDictionary<(ulong Bits, int Size), Reg> Constants => _constants;

    public IReadOnlyDictionary<Special, Reg> Specials => _specials;

    public string Name(Reg reg) => _names[reg.Id];

    /// <summary>32-bit registers of the hardware that a register takes: none for predicates, literals and special registers.</summary>
    public int Words(int id) => _words[id];

    /// <summary>A register that the kernel declares.</summary>
    public Reg Declare(string name, int size) => Add(name, size, (size + 3) / 4);

    /// <summary>A literal of <paramref name="size"/> bytes, or of a predicate.</summary>
    public Reg Constant(ulong bits, int size)
    {
        bits = size switch
        {
            0 => bits == 0 ? 0UL : 1,
            8 => bits,
            _ => bits & ((1UL << (8 * size)) - 1),
        };
        if (!_constants.TryGetValue((bits, size), out Reg reg))
            _constants[(bits, size)] = reg = Add($"0x{bits:X}", size, 0);
        return reg;
    }

    public Reg Of(Special special)
    {
        if (!_specials.TryGetValue(special, out Reg reg))
            _specials[special] = reg = Add($"%{special.ToString().ToLowerInvariant()}", sizeof(uint), 0);
        return reg;
    }

    private Reg Add(string name, int size, int words)
    {
        var reg = new Reg(Count, Bytes, size);
        _names.Add(name);
        _words.Add(words);
        Bytes += size * Warp.Lanes;
        return reg;
    }
}
