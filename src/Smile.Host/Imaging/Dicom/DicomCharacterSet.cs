using System.Text;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// Text in the character sets of PS3.3, C.12.1.1.2. Names of segments and contours reach the user; nothing is computed from
/// them, so a character that cannot be decoded is replaced and stops nothing.
/// </summary>
internal static class DicomCharacterSet
{
    private static readonly (string Term, string Encoding)[] Known =
    [
        ("ISO_IR 100", "iso-8859-1"), ("ISO_IR 101", "iso-8859-2"), ("ISO_IR 109", "iso-8859-3"), ("ISO_IR 110", "iso-8859-4"),
        ("ISO_IR 144", "iso-8859-5"), ("ISO_IR 127", "iso-8859-6"), ("ISO_IR 126", "iso-8859-7"), ("ISO_IR 138", "iso-8859-8"),
        ("ISO_IR 148", "iso-8859-9"), ("ISO_IR 203", "iso-8859-15"), ("ISO_IR 166", "windows-874"), ("ISO_IR 13", "shift_jis"),
        ("ISO_IR 87", "iso-2022-jp"), ("ISO_IR 159", "iso-2022-jp"), ("ISO_IR 149", "euc-kr"), ("ISO_IR 58", "gb2312"),
        ("ISO_IR 192", "utf-8"), ("GB18030", "gb18030"), ("GBK", "gbk"),
    ];

    /// <summary>
    /// The encoding for the terms of Specific Character Set. With code extensions (several terms) the last multi-byte set
    /// decodes all: its text holds ASCII too.
    /// </summary>
    public static Encoding Find(IReadOnlyList<string> terms)
    {
        string? name = null;
        foreach (string term in terms)
        {
            string plain = term.Replace("ISO 2022 IR ", "ISO_IR ", StringComparison.Ordinal);
            name = Array.Find(Known, known => known.Term == plain).Encoding ?? name;
        }

        return name switch
        {
            null or "iso-8859-1" => Encoding.Latin1,
            "utf-8" => Encoding.UTF8,
            _ => CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.Latin1,
        };
    }

    /// <summary>Decodes text; the escapes that choose a set which the encoding implies (ISO 2022) are left out.</summary>
    public static string Decode(Encoding encoding, byte[] text)
    {
        if (encoding.WebName == "iso-2022-jp" || !text.Contains((byte)0x1B))
            return encoding.GetString(text);
        var kept = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != 0x1B)
            {
                kept.Add(text[i]);
                continue;
            }

            // ESC, intermediate bytes 0x20 .. 0x2F, one final byte.
            do
                i++;
            while (i < text.Length && text[i] is >= 0x20 and <= 0x2F);
        }

        return encoding.GetString([.. kept]);
    }
}
