using System.Numerics;

namespace Smile.Net.Data;

/// <summary>The organs of a study in a fixed order; the index of an organ is its bit in every mask word.</summary>
public sealed class OrganSet
{
    /// <summary>Most organs that a mask word has bits for.</summary>
    public const int MaxOrgans = 32;

    private readonly string[] _names;

    /// <summary>Takes 1 to 32 names, no two alike, not even but for upper and lower case.</summary>
    /// <param name="names">The names, bit 0 first.</param>
    /// <param name="leftOut">Organs of the data that are none of these, because nothing of them can be learnt.</param>
    /// <exception cref="DataException">Too many names, none, an empty one, or two alike.</exception>
    public OrganSet(IEnumerable<string> names, IEnumerable<string>? leftOut = null)
    {
        LeftOut = [.. leftOut ?? []];
        _names = [.. names];
        if (_names.Length is 0 or > MaxOrgans)
            throw new DataException($"{_names.Length} organs given; 1 to {MaxOrgans} are possible. Name the unused ones background.");
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in _names)
        {
            if (string.IsNullOrWhiteSpace(name))
                throw new DataException("An organ has an empty name. Give every label a name.");
            if (!seen.TryAdd(name, name))
                throw new DataException($"The organs '{seen[name]}' and '{name}' have one name. "
                    + "Spell each organ one way in every data set.");
        }
    }

    private OrganSet() => (_names, LeftOut) = ([], []);

    /// <summary>No organ: of images on which nothing was looked for.</summary>
    public static OrganSet None { get; } = new();

    /// <summary>The names, bit 0 first.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Organs of the data that are none of these, because nothing of them can be learnt.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    /// <summary>K.</summary>
    public int Count => _names.Length;

    /// <summary>The mask word with every organ's bit.</summary>
    public uint All => Mask(Count);

    /// <summary>The index of <paramref name="name"/>, or -1.</summary>
    public int IndexOf(string name) => Array.IndexOf(_names, name);

    /// <summary>The mask word of the names; those that are no organ of the set are passed over.</summary>
    public uint BitsOf(IEnumerable<string> names) =>
        names.Select(IndexOf).Where(k => k >= 0).Aggregate(0u, (bits, k) => bits | 1u << k);

    /// <summary>The names whose bits are set, in order.</summary>
    public IEnumerable<string> NamesOf(uint bits)
    {
        for (bits &= All; bits != 0; bits &= bits - 1)
            yield return _names[BitOperations.TrailingZeroCount(bits)];
    }

    /// <summary>The organs whose bits are set, as a set of their own; the others are left out.</summary>
    /// <exception cref="DataException">None is.</exception>
    public OrganSet Keeping(uint bits) => new(NamesOf(bits), LeftOut.Concat(NamesOf(~bits)));

    /// <summary>A mask word of this set as one of <see cref="Keeping"/>.</summary>
    /// <param name="word">Bits of this set.</param>
    /// <param name="kept">The organs that are kept.</param>
    internal static uint Compact(uint word, uint kept)
    {
        uint result = 0;
        for (int next = 0; kept != 0; kept &= kept - 1, next++)
            result |= (word >> BitOperations.TrailingZeroCount(kept) & 1) << next;
        return result;
    }

    /// <summary>The lowest <paramref name="organs"/> bits.</summary>
    internal static uint Mask(int organs) => (uint)((1ul << organs) - 1);
}
