namespace Smile.PtxEmulator.Parsing;

/// <summary><c>.align 16 .b8 name[8192]</c>, after its state space (PTX ISA, "Variable Declarations"); no initial values.</summary>
internal static class MemoryDeclaration
{
    /// <param name="tokens">Behind the state space.</param>
    /// <param name="space">The state space.</param>
    /// <param name="bytes">End of what was declared before; moved behind this variable.</param>
    public static Variable Read(TokenReader tokens, Space space, ref int bytes)
    {
        int align = 0;
        Token word = tokens.Word();
        if (word.Text == ".align")
        {
            align = tokens.Integer();
            word = tokens.Word();
        }

        if (!PtxTypes.TryParse(word.Text[1..], out PtxType type) || type == PtxType.Pred)
            throw new PtxException(PtxFault.Unsupported, word.Line, $"variables of type '{word.Text}' are not modelled");
        string name = tokens.Word().Text;
        long count = 1;
        while (tokens.Take("["))
        {
            count *= tokens.Peek.Is("]") ? 0 : tokens.Integer();
            tokens.Expect("]");
        }

        align = Math.Max(align, type.Size());
        long start = (bytes + align - 1L) / align * align, end = start + count * type.Size();
        if (end > int.MaxValue)
            throw new PtxException(PtxFault.Unsupported, word.Line, $"'{name}' has {count * type.Size()} bytes");
        bytes = (int)end;
        return new Variable(name, space, type, (int)start, (int)(end - start));
    }
}
