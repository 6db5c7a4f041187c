namespace Smile.PtxEmulator.Parsing;

/// <summary>The directives of a module (PTX ISA, "Directives"); the bodies of its kernels are read by <see cref="BodyParser"/>.</summary>
internal sealed class ModuleParser(string text)
{
    private readonly TokenReader _tokens = new(Lexer.Read(text));
    private readonly Dictionary<int, string> _files = [];
    private readonly List<Variable> _shared = [];
    private int _sharedBytes;
    private Variable? _dynamic;

    public string Target { get; private set; } = "";

    public List<KernelSource> Kernels { get; } = [];

    public void Parse()
    {
        while (_tokens.Peek.Kind != TokenKind.End)
        {
            Token word = _tokens.Word();
            switch (word.Text)
            {
                case ".version":
                    _tokens.SkipLine(word.Line);
                    break;
                case ".address_size":
                    if (_tokens.Integer() != 64)
                        throw new PtxException(PtxFault.Unsupported, word.Line, "addresses have 64 bits here");
                    break;
                case ".target":
                    Target = _tokens.Word().Text;
                    _tokens.SkipLine(word.Line);
                    break;
                case ".file":
                    BodyParser.File(_tokens, word.Line, _files);
                    break;
                case ".visible" or ".weak":
                    break;
                case ".extern":
                    Extern();
                    break;
                case ".shared":
                    _shared.Add(MemoryDeclaration.Read(_tokens, Space.Shared, ref _sharedBytes));
                    _tokens.Expect(";");
                    break;
                case ".entry":
                    Kernels.Add(Entry());
                    break;
                default:
                    throw new PtxException(PtxFault.Unsupported, word.Line, $"'{word.Text}' is not modelled outside a kernel");
            }
        }
    }

    /// <summary><c>.extern .shared .align 16 .b8 name[];</c>: the memory whose size the launch gives.</summary>
    private void Extern()
    {
        Token space = _tokens.Word();
        if (space.Text != ".shared" || _dynamic is not null)
            throw new PtxException(PtxFault.Unsupported, space.Line, $"'.extern {space.Text}' is not modelled; one '.extern .shared' is");
        int none = 0;
        _dynamic = MemoryDeclaration.Read(_tokens, Space.Shared, ref none);
        _tokens.Expect(";");
    }

    private KernelSource Entry()
    {
        var kernel = new KernelSource(_tokens.Word().Text) { Files = _files };
        var scope = new Scope();
        if (_tokens.Take("("))
            Parameters(kernel, scope);
        for (Token word = _tokens.Peek; !word.Is("{"); word = _tokens.Peek)
            Performance(_tokens.Word(), kernel);

        kernel.SharedBytes = _sharedBytes;
        foreach (Variable variable in _shared)
            scope.Add(variable, 0);
        if (_dynamic is not null)
            scope.Add(_dynamic, 0);
        new BodyParser(_tokens, kernel, scope, _files).Parse();
        if (_dynamic is not null)
            kernel.DynamicShared = (kernel.SharedBytes + 15) & ~15;
        return kernel;
    }

    private void Parameters(KernelSource kernel, Scope scope)
    {
        if (_tokens.Take(")"))
            return;
        int bytes = 0;
        do
        {
            _tokens.Expect(".param");
            Variable parameter = MemoryDeclaration.Read(_tokens, Space.Param, ref bytes);
            kernel.Parameters.Add(parameter);
            scope.Add(parameter, _tokens.Peek.Line);
        }
        while (_tokens.Take(","));
        _tokens.Expect(")");
        kernel.ParameterBytes = bytes;
    }

    private void Performance(Token word, KernelSource kernel)
    {
        switch (word.Text)
        {
            case ".maxntid" or ".reqntid":
                kernel.MaxThreads = _tokens.Integer();
                while (_tokens.Take(","))
                    kernel.MaxThreads *= _tokens.Integer();
                break;
            case ".minnctapersm" or ".maxnreg":
                _tokens.Integer();
                break;
            default:
                throw new PtxException(PtxFault.Unsupported, word.Line, $"'{word.Text}' is not modelled before a kernel's body");
        }
    }
}
