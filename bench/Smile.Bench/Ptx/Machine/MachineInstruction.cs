namespace Smile.Bench.Ptx.Machine;

/// <summary>One machine instruction, 128 bits (Turing to Hopper).</summary>
/// <param name="Address">Its first byte.</param>
/// <param name="Predicate">"@P0", "@!UP3"; empty where it always acts.</param>
/// <param name="Text">Operation and operands.</param>
/// <param name="Line">Line of the PTX that it comes from; 0 where the compiler names none.</param>
/// <param name="Control">Its upper 64 bits.</param>
internal sealed record MachineInstruction(int Address, string Predicate, string Text, int Line, ulong Control)
{
    /// <summary>A barrier that is none.</summary>
    public const int NoBarrier = 7;

    private const int Lanes = 32;

    // What does not stand here is address arithmetic: integers, shifts, comparisons, predicates.
    private static readonly Dictionary<string, string> _classes = new(
    [
        .. Of("mma", "HMMA", "IMMA", "HGMMA"), .. Of("FFMA", "FFMA"), .. Of("FADD, FMUL", "FADD", "FMUL"), .. Of("LDSM", "LDSM"),
        .. Of("LDS", "LDS"), .. Of("STS", "STS"), .. Of("LDGSTS", "LDGSTS"), .. Of("LDG", "LDG", "LD"), .. Of("STG", "STG", "ST"),
        .. Of("local", "LDL", "STL"), .. Of("constant", "LDC", "ULDC"), .. Of("shuffle", "SHFL", "REDUX", "VOTE", "VOTEU", "MATCH"),
        .. Of("atomic", "ATOM", "ATOMG", "ATOMS", "RED"),
        .. Of("control", "BAR", "BSSY", "BSYNC", "BRA", "BRX", "DEPBAR", "LDGDEPBAR", "BREAK", "CALL", "RET", "EXIT", "NOP", "WARPSYNC",
            "MEMBAR", "ERRBAR", "CCTL", "YIELD"),
        .. Of("move", "MOV", "UMOV", "SEL", "USEL", "FSEL", "PRMT", "UPRMT", "CS2R", "S2R", "S2UR", "R2UR"),
        .. Of("convert", "I2F", "F2I", "F2F", "F2FP", "I2I", "FRND", "I2FP"), .. Of("special", "MUFU"),
        .. Of("double", "DADD", "DMUL", "DFMA", "DSETP", "DMNMX"),
    ]);

    /// <summary>"LDG" of "LDG.E.128".</summary>
    public string Operation { get; } = Text.Split(' ', '.')[0];

    /// <summary>What it is for, as tables name it.</summary>
    public string Class { get; } = ClassOf(Text);

    /// <summary>Cycles that the warp waits after it at least.</summary>
    public int Stall => (int)(Control >> 41) & 15;

    /// <summary>The barrier that it sets when its result is there; <see cref="NoBarrier"/>: none.</summary>
    public int SetsBarrier => (int)(Control >> 46) & 7;

    /// <summary>The barriers that it waits for, a bit each.</summary>
    public int WaitsFor => (int)(Control >> 52) & 63;

    /// <summary>Bytes that a whole warp's load of global memory brings; 0 where it is none.</summary>
    public int LoadBytes => Operation is not ("LDG" or "LD" or "LDGSTS") ? 0
        : Lanes * (Has(".128") ? 16 : Has(".64") ? 8 : Has(".U16") || Has(".S16") ? 2 : Has(".U8") || Has(".S8") ? 1 : 4);

    private static string ClassOf(string text)
    {
        // IMAD.MOV and HFMA2.MMA of zeros are how the compiler copies a register or a constant through another pipe.
        if (text.StartsWith("IMAD.MOV", StringComparison.Ordinal) || text.StartsWith("HFMA2.MMA", StringComparison.Ordinal))
            return "move";
        return _classes.GetValueOrDefault(text.Split(' ', '.')[0], "integer");
    }

    private static IEnumerable<KeyValuePair<string, string>> Of(string name, params string[] operations) =>
        operations.Select(operation => KeyValuePair.Create(operation, name));

    private bool Has(string modifier) => Text.Split(' ')[0].Contains(modifier, StringComparison.Ordinal);
}
