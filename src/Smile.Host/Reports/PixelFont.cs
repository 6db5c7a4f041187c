using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>The common 5 x 7 dot-matrix letters, for labels in pictures: small letters, digits, a few capitals and signs.</summary>
internal static class PixelFont
{
    /// <summary>Pixels from one letter to the next, and rows of a letter, at scale 1.</summary>
    public const int Advance = 6, Height = 8;

    private const string Letters = "0123456789abcdefghijklmnopqrstuvwxyz.-+/%:(),=DEILMST±[]";

    // Five columns a letter, the lowest bit on top.
    private static readonly ulong[] _columns =
    [
        0x3E5149453E, 0x00427F4000, 0x4261514946, 0x2141454B31, 0x1814127F10, 0x2745454539, 0x3C4A494930, 0x0171090503,
        0x3649494936, 0x064949291E, 0x2054545478, 0x7F48444438, 0x3844444420, 0x384444487F, 0x3854545418, 0x087E090102,
        0x0C5252523E, 0x7F08040478, 0x00447D4000, 0x2040443D00, 0x7F10284400, 0x00417F4000, 0x7C04180478, 0x7C08040478,
        0x3844444438, 0x7C14141408, 0x081414187C, 0x7C08040408, 0x4854545420, 0x043F444020, 0x3C4040207C, 0x1C2040201C,
        0x3C4030403C, 0x4428102844, 0x0C5050503C, 0x4464544C44, 0x0060600000, 0x0808080808, 0x08083E0808, 0x2010080402,
        0x2313086462, 0x0036360000, 0x001C224100, 0x0041221C00, 0x0050300000, 0x1414141414,
        0x7F4141221C, 0x7F49494941, 0x00417F4100, 0x7F40404040, 0x7F020C027F, 0x4649494931, 0x01017F0101,
        0x44445F4444, 0x007F414100, 0x0041417F00,
    ];

    /// <summary>Writes text with its top left corner at (x, y); capitals the font lacks become small letters, other signs gaps.</summary>
    public static void Write(Picture picture, int x, int y, string text, Colour colour, int scale = 2)
    {
        foreach (char letter in text)
        {
            int index = Letters.IndexOf(letter, StringComparison.Ordinal);
            if (index < 0)
                index = Letters.IndexOf(char.ToLowerInvariant(letter), StringComparison.Ordinal);
            for (int column = 0; index >= 0 && column < 5; column++)
            {
                ulong bits = _columns[index] >> (8 * (4 - column)) & 0xFF;
                for (int row = 0; row < Height; row++)
                    if ((bits >> row & 1) != 0)
                        picture.Fill(x + column * scale, y + row * scale, scale, scale, colour);
            }

            x += Advance * scale;
        }
    }

    /// <summary>Pixels the text is wide.</summary>
    public static int Width(string text, int scale = 2) => text.Length * Advance * scale;
}
