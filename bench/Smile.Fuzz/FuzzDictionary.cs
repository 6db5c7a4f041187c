using System.Reflection;
using System.Text;
using Smile.Host.Imaging.Dicom;

namespace Smile.Fuzz;

/// <summary>Values that readers have stumbled over, and the words of the two formats.</summary>
internal static class FuzzDictionary
{
    /// <summary>Whole numbers at the edges of their types; lengths, sizes, counts.</summary>
    public static readonly long[] Numbers =
    [
        0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 64, 100, 127, 128, 255, 256, 257, 511, 512, 1000, 1024, 4096, 32767, 32768, 65535, 65536,
        1 << 20, int.MaxValue, 1L << 31, uint.MaxValue - 1, uint.MaxValue, 1L << 32, long.MaxValue, long.MinValue, -1, -2, -128, -32768,
        int.MinValue,
    ];

    public static readonly double[] Reals =
        [0, -0.0, 1, -1, 0.5, 1e-300, 1e-38, 1e-7, 1e7, 1e30, 1e308, -1e308, double.NaN, double.PositiveInfinity, double.NegativeInfinity,
            3.4e38, 65536, 1 << 30];

    /// <summary>Values of elements; "\" parts several.</summary>
    public static readonly string[] Texts =
    [
        "", " ", "\\", "\\\\\\", "0", "1", "-1", "2", "3", "16", "65535", "65536", "4294967296", "1e308", "-1e308", "1e-308", "1e400",
        "NaN", "inf", "1,5", "0x10", "1.2.3",
        "1\\2", "0\\0\\0", "1\\2\\3\\4\\5\\6\\7", "1\\0\\0\\0\\1\\0", "0\\1\\0\\0\\0\\1", "1\\0\\0\\1\\0\\0",
        "0.7071\\0.7071\\0\\-0.7071\\0.7071\\0", "-10\\-20\\15.04", "1e9\\1e9\\1e9", "0.0001\\1000",
        "../../../x", "..\\..\\x", "/tmp/x", "con", "a\0b", "\u00e9\u00fc\u00ff", "\u001b$B0!\u001b(B", "\u001b(I", "CT", "MR", "SEG",
        "RTSTRUCT", "BINARY", "FRACTIONAL", "LABELMAP", "PROBABILITY",
        "CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "POINT", "OPEN_PLANAR", "MONOCHROME1", "MONOCHROME2", "RGB", "PALETTE COLOR",
        "ORIGINAL\\PRIMARY\\AXIAL", "ORIGINAL\\PRIMARY\\LOCALIZER",
        "ISO_IR 100", "ISO_IR 192", "GB18030", "ISO 2022 IR 87", "\\ISO 2022 IR 149", "ISO_IR 166", "HU", "US", "01", "Liver", "Spleen",
        "10200004", "SCT", "99X",
        "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.66.4",
        "1.2.840.10008.5.1.4.1.1.481.3", "1.2.840.10008.1.3.10",
        .. Syntaxes,
    ];

    public static readonly string[] Vrs =
    [
        "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OD", "OF", "OL", "OV", "OW", "PN", "SH", "SL", "SQ",
        "SS", "ST", "SV", "TM", "UC", "UI",
        "UL", "UN", "UR", "US", "UT", "UV", "ZZ", "  ", "\0\0",
    ];

    /// <summary>The elements that are read, the delimiters, and some that nobody reads.</summary>
    public static readonly DicomTag[] Tags =
    [
        .. typeof(DicomTags).GetFields(BindingFlags.Static | BindingFlags.Public).Where(field => field.FieldType == typeof(DicomTag))
        .Select(field => (DicomTag)field.GetValue(null)!),
        new(0, 0), new(2, 1), new(0x41, 0x1001), new(0x7FE0, 0x0008), new(0xFFFC, 0xFFFC), new(0xFFFF, 0xFFFF),
    ];

    /// <summary>Transfer syntaxes, those that are refused among them.</summary>
    public static string[] Syntaxes =>
    [
        "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5",
        "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90",
        "1.2.840.10008.1.2.4.91", "1.2.840.113619.5.2", "1.2.3",
    ];

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text.Length % 2 == 0 ? text : text + ' ');
}
