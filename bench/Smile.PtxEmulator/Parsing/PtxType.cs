namespace Smile.PtxEmulator.Parsing;

/// <summary>Fundamental types (PTX ISA, "Fundamental Types").</summary>
internal enum PtxType
{
    Pred, B8, U8, S8, B16, U16, S16, B32, U32, S32, F32, B64, U64, S64, F64,
}

internal static class PtxTypes
{
    private static readonly Dictionary<string, PtxType> _byName = Enum.GetValues<PtxType>().ToDictionary(t => t.Name());

    public static string Name(this PtxType type) => type.ToString().ToLowerInvariant();

    public static bool TryParse(string name, out PtxType type) => _byName.TryGetValue(name, out type);

    /// <summary>Bytes of a value; 0 for a predicate.</summary>
    public static int Size(this PtxType type) => type switch
    {
        PtxType.Pred => 0,
        <= PtxType.S8 => 1,
        <= PtxType.S16 => 2,
        <= PtxType.F32 => 4,
        _ => 8,
    };

    public static bool IsFloat(this PtxType type) => type is PtxType.F32 or PtxType.F64;

    public static bool IsSigned(this PtxType type) => type is PtxType.S8 or PtxType.S16 or PtxType.S32 or PtxType.S64;

    public static bool IsBits(this PtxType type) => type is PtxType.Pred or PtxType.B8 or PtxType.B16 or PtxType.B32 or PtxType.B64;

    /// <summary>The C# type whose arithmetic is this type's.</summary>
    public static Type Clr(this PtxType type) => type switch
    {
        PtxType.B8 or PtxType.U8 => typeof(byte),
        PtxType.S8 => typeof(sbyte),
        PtxType.B16 or PtxType.U16 => typeof(ushort),
        PtxType.S16 => typeof(short),
        PtxType.B32 or PtxType.U32 => typeof(uint),
        PtxType.S32 => typeof(int),
        PtxType.F32 => typeof(float),
        PtxType.B64 or PtxType.U64 => typeof(ulong),
        PtxType.S64 => typeof(long),
        PtxType.F64 => typeof(double),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "A predicate has no arithmetic."),
    };

    /// <summary>
    /// True where a register of this type may be an operand of an instruction of <paramref name="wanted"/> and the same size (PTX ISA,
    /// "Operand Type Information").
    /// </summary>
    public static bool Agrees(this PtxType type, PtxType wanted) =>
        type.Size() == wanted.Size() && (type.IsBits() || wanted.IsBits() || type.IsFloat() == wanted.IsFloat());
}
