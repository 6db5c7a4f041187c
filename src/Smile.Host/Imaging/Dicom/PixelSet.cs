using System.Numerics;

namespace Smile.Host.Imaging.Dicom;

/// <summary>Pixels of one slice: a bit each, of the rows between the first and the last that may hold one.</summary>
internal sealed class PixelSet
{
    private readonly int _top, _words; // words a row
    private readonly ulong[] _bits;

    /// <param name="columns">Of the slice.</param>
    /// <param name="top">The first row.</param>
    /// <param name="bottom">The row after the last; none where it is <paramref name="top"/> or above.</param>
    public PixelSet(int columns, int top, int bottom)
    {
        (_top, _words) = (top, (columns + 63) / 64);
        _bits = new ulong[_words * Math.Max(0, bottom - top)];
    }

    /// <summary>A copy.</summary>
    public PixelSet(PixelSet other) => (_top, _words, _bits) = (other._top, other._words, [.. other._bits]);

    /// <summary>How many pixels there are.</summary>
    public int Count => _bits.Sum(BitOperations.PopCount);

    private int Bottom => _top + _bits.Length / _words;

    /// <summary>Adds a pixel of the rows it was made for.</summary>
    public void Add(int row, int column) => _bits[(row - _top) * _words + column / 64] |= 1ul << column % 64;

    /// <summary>Adds the pixels of a row from one column up to, not including, another.</summary>
    public void Add(int row, int from, int to)
    {
        for (int column = from; column < to;)
        {
            int offset = column % 64, count = Math.Min(64 - offset, to - column);
            ulong ones = count == 64 ? ulong.MaxValue : (1ul << count) - 1;
            _bits[(row - _top) * _words + column / 64] |= ones << offset;
            column += count;
        }
    }

    /// <summary>True where no pixel of this one is missing in the other.</summary>
    public bool IsSubsetOf(PixelSet other)
    {
        for (int at = 0; at < _bits.Length; at++)
        {
            int theirs = at + (_top - other._top) * _words;
            if ((_bits[at] & ~((uint)theirs < (uint)other._bits.Length ? other._bits[theirs] : 0)) != 0)
                return false;
        }

        return true;
    }

    /// <summary>True where they have a pixel in common.</summary>
    public bool Overlaps(PixelSet other)
    {
        ReadOnlySpan<ulong> own = CommonRows(other), others = other.CommonRows(this);
        for (int at = 0; at < own.Length; at++)
        {
            if ((own[at] & others[at]) != 0)
                return true;
        }

        return false;
    }

    /// <summary>How many pixels one has and the other has not.</summary>
    public int Difference(PixelSet other)
    {
        ReadOnlySpan<ulong> own = CommonRows(other), others = other.CommonRows(this);
        int both = 0;
        for (int at = 0; at < own.Length; at++)
            both += BitOperations.PopCount(own[at] & others[at]);
        return Count + other.Count - 2 * both;
    }

    /// <summary>Adds the pixels of a set that has no further rows.</summary>
    public void UnionWith(PixelSet other) => Change(other, static (own, others) => own | others);

    /// <summary>Takes the pixels of a set away that has no further rows.</summary>
    public void ExceptWith(PixelSet other) => Change(other, static (own, others) => own & ~others);

    /// <summary>Turns the pixels of a set round that has no further rows.</summary>
    public void SymmetricExceptWith(PixelSet other) => Change(other, static (own, others) => own ^ others);

    /// <summary>Hands every pixel on.</summary>
    public void ForEach(Action<int, int> pixel)
    {
        for (int at = 0; at < _bits.Length; at++)
        {
            for (ulong left = _bits[at]; left != 0; left &= left - 1)
                pixel(_top + at / _words, at % _words * 64 + BitOperations.TrailingZeroCount(left));
        }
    }

    /// <summary>The words of the rows that both have; as many of the one as of the other.</summary>
    private ReadOnlySpan<ulong> CommonRows(PixelSet other)
    {
        int first = Math.Max(_top, other._top), end = Math.Min(Bottom, other.Bottom);
        return first < end ? _bits.AsSpan((first - _top) * _words, (end - first) * _words) : [];
    }

    private void Change(PixelSet other, Func<ulong, ulong, ulong> change)
    {
        if (other._bits.Length > 0 && (other._top < _top || other.Bottom > Bottom))
            throw new ArgumentException($"rows {other._top} to {other.Bottom} in {_top} to {Bottom}", nameof(other));
        for (int at = 0, to = (other._top - _top) * _words; at < other._bits.Length; at++, to++)
            _bits[to] = change(_bits[to], other._bits[at]);
    }
}
