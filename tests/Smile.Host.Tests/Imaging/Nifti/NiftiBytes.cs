using System.Buffers.Binary;
using System.IO.Compression;

namespace Smile.Host.Tests.Imaging.Nifti;

/// <summary>
/// Makes NIfTI files byte by byte. The offsets are written out here once more, from nifti1.h and nifti2.h, so that a slip in
/// the reader's own table cannot hide.
/// </summary>
internal sealed class NiftiBytes
{
    public int Version { get; init; } = 1;
    public bool BigEndian { get; init; }
    public int[] Sizes { get; init; } = [4, 3, 2];
    public int Datatype { get; init; } = 16;
    public double Slope { get; init; }
    public double Intercept { get; init; }
    public double[]? Sform { get; init; } = [2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 5, 30];
    public (double B, double C, double D, double X, double Y, double Z)? Qform { get; init; }
    public double Qfac { get; init; } = 1;
    public double[] Pixdim { get; init; } = [2, 3, 5];
    public int Units { get; init; } = 2;
    public string Magic { get; init; } = "n+";
    public byte[] Extension { get; init; } = [];

    private int HeaderSize => Version == 1 ? 348 : 540;

    /// <summary>The header, the extension flag, extensions, and the voxels in the order given.</summary>
    public byte[] Single(double[] voxels) =>
        [.. Header(HeaderSize + 4 + Extension.Length), .. ExtensionFlag, .. Extension, .. Voxels(voxels)];

    public byte[] Header(int voxelOffset)
    {
        var bytes = new byte[HeaderSize];
        Put(bytes, 0, 4, HeaderSize);
        int[] dim = [Sizes.Length, .. Sizes];
        for (int i = 0; i < dim.Length; i++)
            Put(bytes, Version == 1 ? 40 + 2 * i : 16 + 8 * i, Version == 1 ? 2 : 8, dim[i]);
        Put(bytes, Version == 1 ? 70 : 12, 2, Datatype);
        Put(bytes, Version == 1 ? 72 : 14, 2, 8 * Width);
        Real(bytes, 76, 104, 0, Qfac);
        for (int i = 0; i < 3; i++)
            Real(bytes, 76, 104, 1 + i, Pixdim[i]);
        if (Version == 1)
            Real(bytes, 108, 0, 0, voxelOffset);
        else
            Put(bytes, 168, 8, voxelOffset);
        Real(bytes, 112, 176, 0, Slope);
        Real(bytes, 116, 184, 0, Intercept);
        Put(bytes, Version == 1 ? 123 : 500, Version == 1 ? 1 : 4, Units);
        if (Qform is { } q)
        {
            Put(bytes, Version == 1 ? 252 : 344, Version == 1 ? 2 : 4, 1);
            double[] numbers = [q.B, q.C, q.D, q.X, q.Y, q.Z];
            for (int i = 0; i < 6; i++)
                Real(bytes, 256, 352, i, numbers[i]);
        }

        if (Sform is not null)
        {
            Put(bytes, Version == 1 ? 254 : 348, Version == 1 ? 2 : 4, 2);
            for (int i = 0; i < 12; i++)
                Real(bytes, 280, 400, i, Sform[i]);
        }

        string magic = Magic + (Version == 1 ? "1\0" : "2\0\r\n\x1a\n");
        for (int i = 0; i < magic.Length; i++)
            bytes[(Version == 1 ? 344 : 4) + i] = (byte)magic[i];
        return bytes;
    }

    public byte[] Voxels(double[] voxels)
    {
        var bytes = new byte[voxels.Length * Width];
        for (int i = 0; i < voxels.Length; i++)
        {
            long bits = Datatype switch
            {
                16 => BitConverter.SingleToInt32Bits((float)voxels[i]),
                64 => BitConverter.DoubleToInt64Bits(voxels[i]),
                1280 => (long)(ulong)voxels[i],
                _ => (long)voxels[i],
            };
            Put(bytes, i * Width, Width, bits);
        }

        return bytes;
    }

    public static byte[] Gzip(params byte[][] members)
    {
        using var packed = new MemoryStream();
        foreach (byte[] member in members)
        {
            using var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true);
            gzip.Write(member);
        }

        return packed.ToArray();
    }

    private byte[] ExtensionFlag => [(byte)(Extension.Length > 0 ? 1 : 0), 0, 0, 0];

    private int Width => Datatype switch
    {
        2 or 256 => 1,
        4 or 512 => 2,
        8 or 16 or 768 => 4,
        _ => 8,
    };

    private void Real(byte[] bytes, int offset1, int offset2, int index, double value)
    {
        if (Version == 1)
            Put(bytes, offset1 + 4 * index, 4, BitConverter.SingleToInt32Bits((float)value));
        else
            Put(bytes, offset2 + 8 * index, 8, BitConverter.DoubleToInt64Bits(value));
    }

    private void Put(byte[] bytes, int offset, int width, long value)
    {
        Span<byte> eight = stackalloc byte[8];
        if (BigEndian)
        {
            BinaryPrimitives.WriteInt64BigEndian(eight, value);
            eight[(8 - width)..].CopyTo(bytes.AsSpan(offset));
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(eight, value);
            eight[..width].CopyTo(bytes.AsSpan(offset));
        }
    }
}
