using Smile.Kernels.Ops.MaskedBce;

namespace Smile.Net.Data;

/// <summary>The organs of a study in a fixed order; the index of an organ is its bit in every set of organs and every mask.</summary>
public sealed class OrganSet
{
    /// <summary>Most organs of a study.</summary>
    public const int MaxOrgans = MaskedBceShape.MaxOrgans;

    private readonly string[] _names;

    /// <summary>Takes 1 to <see cref="MaxOrgans"/> names, no two alike, not even but for upper and lower case.</summary>
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

    /// <summary>Every organ.</summary>
    public OrganBits All => OrganBits.First(Count);

    /// <summary>The index of <paramref name="name"/>, or -1.</summary>
    public int IndexOf(string name) => Array.IndexOf(_names, name);

    /// <summary>The set of the names; those that are no organ of the set are passed over.</summary>
    public OrganBits BitsOf(IEnumerable<string> names) =>
        OrganBits.Of(names.Select(IndexOf).Where(k => k >= 0));

    /// <summary>The names whose bits are set, in order.</summary>
    public IEnumerable<string> NamesOf(OrganBits bits)
    {
        foreach (int organ in bits & All)
            yield return _names[organ];
    }

    /// <summary>The organs whose bits are set, as a set of their own; the others are left out.</summary>
    /// <exception cref="DataException">None is.</exception>
    public OrganSet Keeping(OrganBits bits) => new(NamesOf(bits), LeftOut.Concat(NamesOf(~bits)));

    /// <summary>Organs of this set as those of <see cref="Keeping"/>.</summary>
    /// <param name="organs">Organs of this set.</param>
    /// <param name="kept">The organs that are kept.</param>
    internal static OrganBits Compact(OrganBits organs, OrganBits kept)
    {
        OrganBits result = default;
        int next = 0;
        foreach (int organ in kept)
        {
            if (organs.Has(organ))
                result |= OrganBits.Of(next);
            next++;
        }

        return result;
    }
}
