namespace Smile.PtxEmulator.Parsing;

/// <summary>Text to tokens (PTX ISA, "Syntax"). Comments are dropped.</summary>
internal static class Lexer
{
    private const string Signs = ",;:[]{}()+-!|<>=@";

    public static List<Token> Read(string text)
    {
        var tokens = new List<Token>();
        int at = 0, line = 1;
        while (at < text.Length)
        {
            char c = text[at];
            if (c == '\n')
            {
                line++;
                at++;
            }
            else if (char.IsWhiteSpace(c) || c == '\0')
            {
                at++;
            }
            else if (text.AsSpan(at).StartsWith("//"))
            {
                int end = text.IndexOf('\n', at);
                at = end < 0 ? text.Length : end;
            }
            else if (text.AsSpan(at).StartsWith("/*"))
            {
                int end = text.IndexOf("*/", at + 2, StringComparison.Ordinal);
                if (end < 0)
                    throw new PtxException(PtxFault.Syntax, line, "the comment does not end");
                line += text.AsSpan(at, end - at).Count('\n');
                at = end + 2;
            }
            else
            {
                (TokenKind kind, int end) = Next(text, at, line);
                tokens.Add(new Token(kind, text[at..end], line));
                at = end;
            }
        }

        tokens.Add(new Token(TokenKind.End, "the end of the text", line));
        return tokens;
    }

    private static (TokenKind, int End) Next(string text, int at, int line)
    {
        char c = text[at];
        if (char.IsAsciiDigit(c))
            return (TokenKind.Number, End(text, at, static c => char.IsAsciiLetterOrDigit(c) || c == '.'));
        if (IsNamePart(c) || c == '.')
            return (TokenKind.Word, WordEnd(text, at));
        if (c == '"')
        {
            int end = text.IndexOf('"', at + 1);
            if (end > 0)
                return (TokenKind.Text, end + 1);
        }

        if (Signs.Contains(c, StringComparison.Ordinal))
            return (TokenKind.Sign, at + 1);
        throw new PtxException(PtxFault.Syntax, line, $"unexpected '{c}'");
    }

    /// <summary>A word holds dots and, as in <c>L2::128B</c>, double colons; a single colon ends it.</summary>
    private static int WordEnd(string text, int at)
    {
        for (; at < text.Length; at++)
        {
            if (text[at] == ':' && at + 1 < text.Length && text[at + 1] == ':')
                at++;
            else if (!IsNamePart(text[at]) && text[at] != '.')
                break;
        }

        return at;
    }

    private static int End(string text, int at, Func<char, bool> belongs)
    {
        while (at < text.Length && belongs(text[at]))
            at++;
        return at;
    }

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '%';
}
