using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Smile.Host.Tests.Imaging;

/// <summary>An image as ITK writes it (.mha, uncompressed): voxels along i, j, k, and the affine from (i, j, k) to mm, LPS.</summary>
internal sealed record MetaImage(int[] Sizes, double[] Affine, float[] Voxels)
{
    public static MetaImage Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        const string Last = "ElementDataFile = LOCAL\n";
        int start = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Last)) + Last.Length;
        var fields = Encoding.ASCII.GetString(bytes, 0, start).Split('\n').Where(line => line.Contains(" = ", StringComparison.Ordinal))
            .Select(line => line.Split(" = "))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        double[] Numbers(string name) =>
            [.. fields[name].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        (double[] origin, double[] spacing, double[] directions) = (Numbers("Offset"), Numbers("ElementSpacing"),
            Numbers("TransformMatrix"));
        var affine = new double[12];
        for (int r = 0; r < 3; r++)
        {
            for (int c = 0; c < 3; c++)
                affine[4 * r + c] = directions[3 * c + r] * spacing[c];
            affine[4 * r + 3] = origin[r];
        }

        Span<byte> raw = bytes.AsSpan(start);
        float[] voxels = fields["ElementType"] switch
        {
            "MET_UCHAR" => [.. raw.ToArray().Select(b => (float)b)],
            "MET_SHORT" => [.. MemoryMarshal.Cast<byte, short>(raw).ToArray().Select(v => (float)v)],
            "MET_FLOAT" => MemoryMarshal.Cast<byte, float>(raw).ToArray(),
            var type => throw new NotSupportedException(type),
        };
        return new MetaImage([.. Numbers("DimSize").Select(size => (int)size)], affine, voxels);
    }
}
