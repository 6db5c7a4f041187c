namespace Smile.PtxEmulator.Parsing;

/// <summary>The braces of a kernel: declarations, labels, instructions.</summary>
internal sealed class BodyParser(TokenReader tokens, KernelSource kernel, Scope scope, Dictionary<int, string> files)
{
    private SourceLine _source;

    public void Parse()
    {
        tokens.Expect("{");
        Block();
    }

    /// <summary><c>.file 1 "path"</c></summary>
    public static void File(TokenReader tokens, int line, Dictionary<int, string> files)
    {
        int number = tokens.Integer();
        files[number] = tokens.Next().Text.Trim('"');
        tokens.SkipLine(line);
    }

    private void Block()
    {
        scope.Enter();
        while (!tokens.Take("}"))
        {
            if (tokens.Take("{"))
                Block();
            else if (!tokens.Take(";"))
                Line();
        }

        scope.Leave();
    }

    private void Line()
    {
        int line = tokens.Peek.Line;
        if (tokens.Take("@"))
        {
            bool negated = tokens.Take("!");
            NameOperand guard = Name(tokens.Word());
            Instruction(tokens.Word(), guard, negated, line);
            return;
        }

        Token word = tokens.Word();
        if (word.Text[0] == '.')
            Directive(word);
        else if (!tokens.Take(":"))
            Instruction(word, null, false, line);
        else if (!kernel.Labels.TryAdd(word.Text, kernel.Statements.Count))
            throw new PtxException(PtxFault.Syntax, line, $"the label '{word.Text}' stands twice");
    }

    private void Directive(Token word)
    {
        int bytes;
        switch (word.Text)
        {
            case ".reg":
                Registers();
                return;
            case ".shared":
                bytes = kernel.SharedBytes;
                scope.Add(MemoryDeclaration.Read(tokens, Space.Shared, ref bytes), word.Line);
                kernel.SharedBytes = bytes;
                break;
            case ".local":
                bytes = kernel.LocalBytes;
                scope.Add(MemoryDeclaration.Read(tokens, Space.Local, ref bytes), word.Line);
                kernel.LocalBytes = bytes;
                break;
            case ".loc":
                int file = tokens.Integer();
                _source = new SourceLine(file, tokens.Integer());
                tokens.SkipLine(word.Line);
                return;
            case ".file":
                File(tokens, word.Line, files);
                return;
            case ".pragma":
                tokens.Next();
                break;
            default:
                throw new PtxException(PtxFault.Unsupported, word.Line, $"'{word.Text}' is not modelled in a kernel");
        }

        tokens.Expect(";");
    }

    /// <summary><c>.reg .b32 %r&lt;156&gt;, x;</c></summary>
    private void Registers()
    {
        Token word = tokens.Word();
        if (!PtxTypes.TryParse(word.Text[1..], out PtxType type) || type.Size() == 1)
            throw new PtxException(PtxFault.Unsupported, word.Line, $"registers of type '{word.Text}' are not modelled");
        do
        {
            string name = tokens.Word().Text;
            if (!tokens.Take("<"))
            {
                Register(name, type, word.Line);
                continue;
            }

            int count = tokens.Integer();
            for (int i = 0; i < count; i++)
                Register($"{name}{i}", type, word.Line);
            tokens.Expect(">");
        }
        while (tokens.Take(","));
        tokens.Expect(";");
    }

    private void Register(string name, PtxType type, int line)
    {
        var register = new Variable(name, Space.Register, type, kernel.Registers.Count, type.Size());
        kernel.Registers.Add(register);
        scope.Add(register, line);
    }

    private void Instruction(Token opcode, NameOperand? guard, bool negated, int line)
    {
        string[] parts = opcode.Text.Split('.');
        var operands = new List<Operand>();
        if (!tokens.Take(";"))
        {
            do
                operands.Add(Operand());
            while (tokens.Take(","));
            tokens.Expect(";");
        }

        kernel.Statements.Add(new Statement(parts[0], parts[1..], operands, guard, negated, line, _source));
    }

    private Operand Operand()
    {
        if (tokens.Take("{"))
        {
            var items = new List<Operand>();
            do
                items.Add(Operand());
            while (tokens.Take(","));
            tokens.Expect("}");
            return new ListOperand(items);
        }

        if (tokens.Take("["))
            return Address();
        if (tokens.Take("!"))
            return new NotOperand(Name(tokens.Word()));
        if (tokens.Peek.Kind == TokenKind.Number || tokens.Peek.Is("-"))
            return Number();
        NameOperand name = Name(tokens.Word());
        return tokens.Take("|") ? new PairOperand(name, Name(tokens.Word())) : name;
    }

    private AddressOperand Address()
    {
        Operand start = tokens.Peek.Kind == TokenKind.Number ? Number() : Name(tokens.Word());
        long offset = 0;
        if (tokens.Take("+"))
            offset = (long)Number().Bits;
        else if (tokens.Peek.Is("-"))
            offset = (long)Number().Bits;
        tokens.Expect("]");
        return new AddressOperand(start, offset);
    }

    private NumberOperand Number()
    {
        bool negative = tokens.Take("-");
        if (tokens.Peek.Kind != TokenKind.Number)
            throw tokens.Unexpected("a number");
        return Literal.Read(tokens.Next(), negative);
    }

    private NameOperand Name(Token word) => new(word.Text, scope.Find(word.Text));
}
