namespace Smile.Net.Data;

/// <summary>
/// A volume of few different values as its runs: stretches of one value, slice by slice, in the order of the voxels. A label map of CT
/// takes some hundredths of a byte a voxel so. A slice is decoded into the caller's buffer; reading allocates nothing.
/// </summary>
/// <typeparam name="T">Of a voxel.</typeparam>
public sealed class SliceRuns<T>
    where T : unmanaged, IEquatable<T>
{
    private readonly T[] _values;
    private readonly ushort[] _lengths;
    private readonly int[] _ends; // of each slice: one past its last run

    internal SliceRuns(int pixels, T[] values, ushort[] lengths, int[] ends) =>
        (Pixels, _values, _lengths, _ends) = (pixels, values, lengths, ends);

    /// <summary>Voxels of a slice.</summary>
    public int Pixels { get; }

    /// <summary>Slices.</summary>
    public int Depth => _ends.Length;

    /// <summary>Voxels.</summary>
    public int Length => Pixels * Depth;

    /// <summary>Memory that the runs take, in bytes.</summary>
    public long Bytes => _values.LongLength * System.Runtime.CompilerServices.Unsafe.SizeOf<T>() + _lengths.LongLength * sizeof(ushort)
        + _ends.LongLength * sizeof(int);

    /// <summary>Takes runs that come from a file, if they are those of whole slices; else null.</summary>
    /// <param name="pixels">Voxels of a slice.</param>
    /// <param name="values">Of the runs.</param>
    /// <param name="lengths">Of the runs, as many.</param>
    /// <param name="ends">Of each slice: one past its last run.</param>
    internal static SliceRuns<T>? From(int pixels, T[] values, ushort[] lengths, int[] ends)
    {
        if (values.Length != lengths.Length || (ends.Length == 0 ? 0 : ends[^1]) != values.Length)
            return null;
        int run = 0;
        foreach (int end in ends)
        {
            if (end < run || end > lengths.Length)
                return null;
            long length = 0;
            for (; run < end; run++)
                length += lengths[run];
            if (length != pixels)
                return null;
        }

        return new SliceRuns<T>(pixels, values, lengths, ends);
    }

    /// <summary>Values and lengths of a slice's runs, in the order of its voxels.</summary>
    public ReadOnlySpan<T> Runs(int z, out ReadOnlySpan<ushort> lengths)
    {
        int start = z == 0 ? 0 : _ends[z - 1];
        lengths = _lengths.AsSpan(start, _ends[z] - start);
        return _values.AsSpan(start, _ends[z] - start);
    }

    /// <summary>Values and lengths of all runs, slice after slice; none goes beyond its slice.</summary>
    public ReadOnlySpan<T> Runs(out ReadOnlySpan<ushort> lengths)
    {
        lengths = _lengths;
        return _values;
    }

    /// <summary>Of each slice: one past its last run.</summary>
    public ReadOnlySpan<int> Ends => _ends;

    /// <summary>A slice, voxel by voxel.</summary>
    /// <param name="z">Which.</param>
    /// <param name="slice">(y, x), overwritten.</param>
    public void Decode(int z, Span<T> slice) => Fill(Runs(z, out ReadOnlySpan<ushort> lengths), lengths, slice);

    /// <summary>The whole volume, voxel by voxel, (z, y, x).</summary>
    public T[] ToArray()
    {
        T[] voxels = GC.AllocateUninitializedArray<T>(Length);
        Fill(_values, _lengths, voxels);
        return voxels;
    }

    /// <summary>The volume with other values in its runs; their lengths are shared.</summary>
    /// <param name="other">What a value becomes.</param>
    public SliceRuns<T> Map(Func<T, T> other) => new(Pixels, Array.ConvertAll(_values, value => other(value)), _lengths, _ends);

    /// <summary>Whether a voxel has the value.</summary>
    public bool Contains(T value) => _values.AsSpan().Contains(value);

    /// <summary>Whether a voxel of a slice has the value.</summary>
    public bool Contains(int z, T value) => Runs(z, out _).Contains(value);

    /// <summary>Voxels that have the value.</summary>
    public int Count(T value) => Count(_values, _lengths, value);

    /// <summary>Voxels of a slice that have the value.</summary>
    public int Count(int z, T value) => Count(Runs(z, out ReadOnlySpan<ushort> lengths), lengths, value);

    /// <summary>The voxel of a slice, y * width + x, that is one of those with the value; -1 where there are fewer.</summary>
    /// <param name="z">The slice.</param>
    /// <param name="value">The value.</param>
    /// <param name="n">How many of them come before it.</param>
    public int IndexOf(int z, T value, int n)
    {
        ReadOnlySpan<T> values = Runs(z, out ReadOnlySpan<ushort> lengths);
        for (int run = 0, start = 0; run < values.Length; start += lengths[run++])
        {
            if (!values[run].Equals(value))
                continue;
            if (n < lengths[run])
                return start + n;
            n -= lengths[run];
        }

        return -1;
    }

    private static int Count(ReadOnlySpan<T> values, ReadOnlySpan<ushort> lengths, T value)
    {
        int count = 0;
        for (int run = 0; run < values.Length; run++)
            if (values[run].Equals(value))
                count += lengths[run];
        return count;
    }

    private static void Fill(ReadOnlySpan<T> values, ReadOnlySpan<ushort> lengths, Span<T> voxels)
    {
        int start = 0;
        for (int run = 0; run < values.Length; start += lengths[run++])
            voxels.Slice(start, lengths[run]).Fill(values[run]);
    }
}

/// <summary>Makes <see cref="SliceRuns{T}"/>.</summary>
public static class SliceRuns
{
    // A longer stretch is several runs.
    private const int Longest = ushort.MaxValue;

    /// <summary>The runs of a volume.</summary>
    /// <typeparam name="T">Of a voxel.</typeparam>
    /// <param name="voxels">(z, y, x).</param>
    /// <param name="pixels">Voxels of a slice.</param>
    /// <exception cref="ArgumentException">These are no whole slices.</exception>
    public static SliceRuns<T> Of<T>(ReadOnlySpan<T> voxels, int pixels)
        where T : unmanaged, IEquatable<T>
    {
        if (pixels < 1 || voxels.Length % pixels != 0)
            throw new ArgumentException($"{voxels.Length} voxels are no whole slices of {pixels}.", nameof(pixels));
        var values = new List<T>();
        var lengths = new List<ushort>();
        var ends = new int[voxels.Length / pixels];
        for (int z = 0; z < ends.Length; z++)
        {
            for (ReadOnlySpan<T> rest = voxels.Slice(z * pixels, pixels); rest.Length > 0;)
            {
                int other = rest.IndexOfAnyExcept(rest[0]), length = Math.Min(other < 0 ? rest.Length : other, Longest);
                values.Add(rest[0]);
                lengths.Add((ushort)length);
                rest = rest[length..];
            }

            ends[z] = values.Count;
        }

        return new SliceRuns<T>(pixels, [.. values], [.. lengths], ends);
    }
}
