using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>The NRRD label maps beside the shared SEG files: int16 or uint8, gzip, along x (left), y (back), z (up).</summary>
internal sealed record Nrrd(int[] Sizes, double[] Origin, short[] Labels)
{
    public static Nrrd Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int end = bytes.AsSpan().IndexOf("\n\n"u8);
        string[] lines = Encoding.ASCII.GetString(bytes, 0, end).Split('\n');
        string Field(string name) => lines.First(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..];
        using var packed = new GZipStream(new MemoryStream(bytes[(end + 2)..]), CompressionMode.Decompress);
        using var raw = new MemoryStream();
        packed.CopyTo(raw);
        short[] labels = Field("type") is "short" or "int16"
            ? MemoryMarshal.Cast<byte, short>(raw.ToArray()).ToArray()
            : [.. raw.ToArray().Select(b => (short)b)];
        return new Nrrd(
            [.. Field("sizes").Split(' ').Select(int.Parse)],
            [.. Field("space origin").Trim('(', ')').Split(',').Select(number => double.Parse(number, CultureInfo.InvariantCulture))],
            labels);
    }
}
