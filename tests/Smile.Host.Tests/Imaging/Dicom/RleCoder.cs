using System.Buffers.Binary;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>RLE Lossless, coded.</summary>
internal static class RleCoder
{
    /// <summary>PackBits (PS3.5, G.3.1), a plane a byte, the high one first.</summary>
    public static byte[] Encode(int[] pixels, int width)
    {
        var file = new byte[64].ToList();
        var header = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(header, width);
        for (int plane = 0; plane < width; plane++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4 + 4 * plane), file.Count);
            byte[] bytes = [.. pixels.Select(v => (byte)(v >> (8 * (width - 1 - plane))))];
            for (int i = 0; i < bytes.Length;)
            {
                int run = 1;
                while (run < 128 && i + run < bytes.Length && bytes[i + run] == bytes[i])
                    run++;
                if (run > 2)
                {
                    file.AddRange([(byte)(1 - run), bytes[i]]);
                    i += run;
                    continue;
                }

                int count = Math.Min(128, bytes.Length - i);
                for (int n = 1; n < count; n++)
                {
                    if (i + n + 2 < bytes.Length && bytes[i + n] == bytes[i + n + 1] && bytes[i + n] == bytes[i + n + 2])
                        count = n;
                }

                file.Add((byte)(count - 1));
                file.AddRange(bytes.AsSpan(i, count));
                i += count;
            }

            if (file.Count % 2 == 1)
                file.Add(0);
        }

        return [.. header, .. file.Skip(64)];
    }
}
