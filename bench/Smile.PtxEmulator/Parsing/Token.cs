namespace Smile.PtxEmulator.Parsing;

internal enum TokenKind
{
    /// <summary>A name with its dotted parts: <c>ld.global.f32</c>, <c>%tid.x</c>, <c>.reg</c>.</summary>
    Word,
    Number,
    Text,
    Sign,
    End,
}

internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(string text) => Kind is TokenKind.Word or TokenKind.Sign && Text == text;
}
