using System.Numerics;
using System.Runtime.InteropServices;

namespace Smile.Net.Store;

/// <summary>
/// Numbers as planes of their bytes: all lowest bytes, then all second ones, and so on. The high bytes of neighbouring voxels are mostly
/// alike, which a compressor of bytes sees so.
/// </summary>
internal static class ByteShuffle
{
    /// <summary>Takes numbers apart.</summary>
    /// <param name="numbers">Little-endian.</param>
    /// <param name="size">Bytes of a number, 2 or 4.</param>
    /// <param name="planes">As many bytes, overwritten.</param>
    public static void Apart(ReadOnlySpan<byte> numbers, int size, Span<byte> planes)
    {
        int count = numbers.Length / size;
        for (int k = 0; k < size; k++)
        {
            Span<byte> plane = planes.Slice(k * count, count);
            for (int i = 0; i < plane.Length; i++)
                plane[i] = numbers[i * size + k];
        }
    }

    /// <summary>Puts numbers together again.</summary>
    /// <param name="planes">As <see cref="Apart"/> left them.</param>
    /// <param name="size">Bytes of a number, 2 or 4.</param>
    /// <param name="numbers">As many bytes, overwritten.</param>
    public static void Together(ReadOnlySpan<byte> planes, int size, Span<byte> numbers)
    {
        int count = numbers.Length / size;
        if (size == sizeof(ushort))
            Join(planes[..count], planes[count..], MemoryMarshal.Cast<byte, ushort>(numbers));
        else
            Join(planes, MemoryMarshal.Cast<byte, uint>(numbers));
    }

    private static void Join(ReadOnlySpan<byte> low, ReadOnlySpan<byte> high, Span<ushort> numbers)
    {
        int i = 0;
        for (; i <= low.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            (Vector<ushort> first, Vector<ushort> second) = Pairs(low, high, i);
            first.CopyTo(numbers[i..]);
            second.CopyTo(numbers[(i + Vector<ushort>.Count)..]);
        }

        for (; i < low.Length; i++)
            numbers[i] = (ushort)(low[i] | high[i] << 8);
    }

    private static void Join(ReadOnlySpan<byte> planes, Span<uint> numbers)
    {
        int count = numbers.Length, i = 0;
        ReadOnlySpan<byte> a = planes[..count], b = planes.Slice(count, count), c = planes.Slice(2 * count, count);
        ReadOnlySpan<byte> d = planes[(3 * count)..];
        for (; i <= count - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            (Vector<ushort> first, Vector<ushort> second) = Pairs(a, b, i);
            (Vector<ushort> high, Vector<ushort> highest) = Pairs(c, d, i);
            Join(first, high, numbers[i..]);
            Join(second, highest, numbers[(i + Vector<ushort>.Count)..]);
        }

        for (; i < count; i++)
            numbers[i] = (uint)(a[i] | b[i] << 8 | c[i] << 16 | d[i] << 24);
    }

    private static void Join(Vector<ushort> low, Vector<ushort> high, Span<uint> numbers)
    {
        Vector.Widen(low, out Vector<uint> lowFirst, out Vector<uint> lowSecond);
        Vector.Widen(high, out Vector<uint> highFirst, out Vector<uint> highSecond);
        (lowFirst | highFirst << 16).CopyTo(numbers);
        (lowSecond | highSecond << 16).CopyTo(numbers[Vector<uint>.Count..]);
    }

    private static (Vector<ushort> First, Vector<ushort> Second) Pairs(ReadOnlySpan<byte> low, ReadOnlySpan<byte> high, int at)
    {
        Vector.Widen(new Vector<byte>(low[at..]), out Vector<ushort> lowFirst, out Vector<ushort> lowSecond);
        Vector.Widen(new Vector<byte>(high[at..]), out Vector<ushort> highFirst, out Vector<ushort> highSecond);
        return (lowFirst | highFirst << 8, lowSecond | highSecond << 8);
    }
}
