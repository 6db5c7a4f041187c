using System.Globalization;

namespace Smile.PtxEmulator.Parsing;

/// <summary>Constants (PTX ISA, "Integer Constants" and "Floating-Point Constants").</summary>
internal static class Literal
{
    public static NumberOperand Read(Token token, bool negative)
    {
        string text = token.Text;
        if (text.StartsWith("0f", StringComparison.OrdinalIgnoreCase) && text.Length == 10)
            return new NumberOperand(Hex(token, 2) ^ (negative ? 1u << 31 : 0), PtxType.F32);
        if (text.StartsWith("0d", StringComparison.OrdinalIgnoreCase) && text.Length == 18)
            return new NumberOperand(Hex(token, 2) ^ (negative ? 1UL << 63 : 0), PtxType.F64);
        if (text.Contains('.', StringComparison.Ordinal))
            return new NumberOperand(BitConverter.DoubleToUInt64Bits((negative ? -1 : 1)
                * double.Parse(text, CultureInfo.InvariantCulture)), PtxType.F64);

        ulong value;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            value = Hex(token, 2);
        else if (!ulong.TryParse(text.TrimEnd('U'), NumberStyles.None, CultureInfo.InvariantCulture, out value)
            || (text.Length > 1 && text[0] == '0'))
            throw new PtxException(PtxFault.Syntax, token.Line, $"'{text}' is no number");
        return new NumberOperand(negative ? 0 - value : value, null);
    }

    private static ulong Hex(Token token, int start) =>
        ulong.TryParse(token.Text.AsSpan(start).TrimEnd('U'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw new PtxException(PtxFault.Syntax, token.Line, $"'{token.Text}' is no number");
}
