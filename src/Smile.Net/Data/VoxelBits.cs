using System.Numerics;
using Smile.Kernels.Ops.MaskedBce;

namespace Smile.Net.Data;

/// <summary>A set of organs for each voxel of a volume, (words, voxels) as <see cref="MaskWords"/> says.</summary>
public sealed class VoxelBits
{
    private readonly uint[] _words;

    /// <summary>No organ anywhere.</summary>
    /// <param name="organs">K.</param>
    /// <param name="voxels">Voxels.</param>
    public VoxelBits(int organs, int voxels)
        : this(new uint[(long)MaskWords.Of(organs) * voxels], voxels)
    {
    }

    /// <summary>Takes sets as they lie; the array is this object's own from now on.</summary>
    /// <param name="words">(words, voxels).</param>
    /// <param name="voxels">Voxels.</param>
    /// <exception cref="ArgumentException">These are no whole words of all voxels.</exception>
    public VoxelBits(uint[] words, int voxels)
    {
        if (voxels < 0 || (voxels == 0 ? words.Length != 0 : words.Length == 0 || words.Length % voxels != 0))
            throw new ArgumentException($"{words.Length} words are no sets of {voxels} voxels.", nameof(words));
        (_words, Voxels) = (words, voxels);
    }

    public int Voxels { get; }

    /// <summary>Words of a voxel.</summary>
    public int Words => Voxels == 0 ? 1 : _words.Length / Voxels;

    /// <summary>All words, (words, voxels).</summary>
    public ReadOnlySpan<uint> All => _words;

    /// <summary>Word <paramref name="word"/> of each voxel.</summary>
    public Span<uint> Word(int word) => _words.AsSpan(word * Voxels, Voxels);

    /// <summary>Whether a voxel has an organ's bit.</summary>
    public bool Has(int voxel, int organ) => (_words[At(voxel, organ)] >> organ & 1) != 0;

    /// <summary>Sets an organ's bit.</summary>
    public void Add(int voxel, int organ) => _words[At(voxel, organ)] |= 1u << organ;

    /// <summary>The organs of a voxel.</summary>
    public OrganBits this[int voxel]
    {
        get
        {
            UInt128 bits = 0;
            for (int word = 0; word < Words; word++)
                bits |= (UInt128)_words[word * Voxels + voxel] << (MaskWords.Bits * word);
            return new OrganBits(bits);
        }
    }

    /// <summary>Pairs of a voxel and an organ.</summary>
    public long Count => _words.Sum(word => (long)BitOperations.PopCount(word));

    /// <summary>Voxels that have an organ.</summary>
    public int Labelled => Enumerable.Range(0, Voxels).Count(v => !this[v].IsEmpty);

    /// <summary>1 where a voxel has the organ, else 0.</summary>
    public byte[] MaskOf(int organ)
    {
        var mask = new byte[Voxels];
        ReadOnlySpan<uint> words = Word(organ / MaskWords.Bits);
        for (int v = 0; v < mask.Length; v++)
            mask[v] = (byte)(words[v] >> organ & 1);
        return mask;
    }

    private int At(int voxel, int organ) => organ / MaskWords.Bits * Voxels + voxel;
}
