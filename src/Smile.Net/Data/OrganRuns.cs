using Smile.Kernels.Ops.MaskedBce;

namespace Smile.Net.Data;

/// <summary>
/// A set of organs for each voxel of a volume as runs, of each mask word by itself: an organ's borders cut the runs of 32 organs, not of
/// all.
/// </summary>
public sealed class OrganRuns
{
    private readonly SliceRuns<uint>[] _words;

    internal OrganRuns(SliceRuns<uint>[] words) => _words = words;

    /// <summary>Words of a voxel.</summary>
    public int Words => _words.Length;

    /// <summary>Voxels of a slice.</summary>
    public int Pixels => _words[0].Pixels;

    /// <summary>Slices.</summary>
    public int Depth => _words[0].Depth;

    /// <summary>Voxels.</summary>
    public int Length => _words[0].Length;

    /// <summary>Memory that the runs take, in bytes.</summary>
    public long Bytes => _words.Sum(word => word.Bytes);

    /// <summary>The organs that some voxel has.</summary>
    public OrganBits Organs
    {
        get
        {
            UInt128 organs = 0;
            for (int word = 0; word < Words; word++)
                foreach (uint bits in _words[word].Runs(out _))
                    organs |= (UInt128)bits << (MaskWords.Bits * word);
            return new OrganBits(organs);
        }
    }

    /// <summary>The runs of a volume's sets.</summary>
    /// <param name="voxels">(z, y, x).</param>
    /// <param name="pixels">Voxels of a slice.</param>
    public static OrganRuns Of(VoxelBits voxels, int pixels) =>
        new([.. Enumerable.Range(0, voxels.Words).Select(word => SliceRuns.Of<uint>(voxels.Word(word), pixels))]);

    /// <summary>The runs of mask word <paramref name="word"/>.</summary>
    public SliceRuns<uint> Word(int word) => _words[word];

    /// <summary>Whether a voxel of a slice has an organ.</summary>
    public bool HasAny(int z)
    {
        foreach (SliceRuns<uint> word in _words)
            if (word.Runs(z, out _).ContainsAnyExcept(0u))
                return true;
        return false;
    }

    /// <summary>The sets voxel by voxel.</summary>
    public VoxelBits ToVoxels()
    {
        var voxels = new VoxelBits(Words * MaskWords.Bits, Length);
        for (int word = 0; word < Words; word++)
            for (int z = 0; z < Depth; z++)
                _words[word].Decode(z, voxels.Word(word).Slice(z * Pixels, Pixels));
        return voxels;
    }

    /// <summary>For <see cref="OrganSet.Keeping(OrganBits)"/>.</summary>
    public OrganRuns Keeping(OrganBits kept)
    {
        if (Words == 1)
            return new OrganRuns([_words[0].Map(word => OrganSet.Compact(word, kept).Word(0))]);
        VoxelBits all = ToVoxels(), some = new(kept.Count, Length);
        int next = 0;
        foreach (int organ in kept)
        {
            ReadOnlySpan<uint> from = all.Word(organ / MaskWords.Bits);
            Span<uint> to = some.Word(next / MaskWords.Bits);
            for (int v = 0; v < from.Length; v++)
                to[v] |= (from[v] >> organ & 1) << next;
            next++;
        }

        return Of(some, Pixels);
    }
}
