using System.Globalization;

namespace Smile.PtxEmulator.Parsing;

/// <summary>Tokens, one after another.</summary>
internal sealed class TokenReader(List<Token> tokens)
{
    private int _at;

    public Token Peek => tokens[_at];

    public Token Next() => tokens[Peek.Kind == TokenKind.End ? _at : _at++];

    public bool Take(string text)
    {
        if (!Peek.Is(text))
            return false;
        _at++;
        return true;
    }

    public void Expect(string text)
    {
        if (!Take(text))
            throw Unexpected($"'{text}'");
    }

    public Token Word()
    {
        if (Peek.Kind != TokenKind.Word)
            throw Unexpected("a name");
        return Next();
    }

    /// <summary>An integer of a directive.</summary>
    public int Integer()
    {
        if (Peek.Kind != TokenKind.Number || !int.TryParse(Peek.Text, CultureInfo.InvariantCulture, out int value))
            throw Unexpected("an integer");
        _at++;
        return value;
    }

    /// <summary>Skips what is left of the line: .loc, .file, .version and the like end there.</summary>
    public void SkipLine(int line)
    {
        while (Peek.Line == line && Peek.Kind != TokenKind.End)
            _at++;
    }

    public PtxException Unexpected(string wanted) => new(PtxFault.Syntax, Peek.Line, $"{wanted} is expected, '{Peek.Text}' stands there");
}
