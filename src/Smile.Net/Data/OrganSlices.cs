using Smile.Kernels.Ops.MaskedBce;

namespace Smile.Net.Data;

/// <summary>
/// Where an organ is to be seen, and where it certainly is not: the slices of the draws that begin with an organ. Those of annotated cases
/// by their annotation; of the others, where that is asked for, by their pseudo labels.
/// </summary>
internal sealed class OrganSlices
{
    private readonly CaseData[] _cases;
    private readonly int _organ;
    private readonly (int Case, int Z)[] _annotated;
    private readonly SliceRuns<uint>?[] _pseudo; // the mask words that have the organ's bit

    /// <param name="cases">The training cases.</param>
    /// <param name="organ">From 0.</param>
    public OrganSlices(CaseData[] cases, int organ)
    {
        (_cases, _organ, _pseudo) = (cases, organ, new SliceRuns<uint>?[cases.Length]);
        Showing = _annotated = Find(shown: true);
        Without = Find(shown: false);
    }

    /// <summary>Slices that show it.</summary>
    public (int Case, int Z)[] Showing { get; private set; }

    /// <summary>Slices of cases that annotate it which show none of it.</summary>
    public (int Case, int Z)[] Without { get; }

    /// <summary>Slices of a case that has not the organ annotated count by these pseudo labels from now on; null: not at all.</summary>
    public void SetPseudo(int caseIndex, OrganRuns? pseudo)
    {
        if (IsAnnotated(caseIndex) || (pseudo is null && _pseudo[caseIndex] is null))
            return;
        _pseudo[caseIndex] = pseudo?.Word(_organ / MaskWords.Bits);
        Showing = [.. _annotated, .. Enumerable.Range(0, _cases.Length).SelectMany(Labelled)];
    }

    /// <summary>One of the voxels of a slice that shows the organ, all alike.</summary>
    public (int Y, int X) Voxel(int caseIndex, int z, Rng rng)
    {
        int width = _cases[caseIndex].Geometry.Width, voxel;
        if (IsAnnotated(caseIndex))
        {
            SliceRuns<byte> labels = _cases[caseIndex].Labels;
            byte label = Labels.Of(_organ);
            voxel = labels.IndexOf(z, label, rng.Next(labels.Count(z, label)));
        }
        else
        {
            ReadOnlySpan<uint> words = _pseudo[caseIndex]!.Runs(z, out ReadOnlySpan<ushort> lengths);
            int count = 0, run = 0;
            for (int i = 0; i < words.Length; i++)
                count += Has(words[i]) ? lengths[i] : 0;
            int n = rng.Next(count);
            for (voxel = 0; !Has(words[run]) || n >= lengths[run]; voxel += lengths[run++])
                n -= Has(words[run]) ? lengths[run] : 0;
            voxel += n;
        }

        return (voxel / width, voxel % width);
    }

    private bool IsAnnotated(int caseIndex) => _cases[caseIndex].Annotated.Has(_organ);

    private bool Has(uint word) => (word >> _organ & 1) != 0;

    private (int, int)[] Find(bool shown)
    {
        var slices = new List<(int, int)>();
        for (int c = 0; c < _cases.Length; c++)
            if (IsAnnotated(c))
                for (int z = 0; z < _cases[c].Geometry.Depth; z++)
                    if (_cases[c].Labels.Contains(z, Labels.Of(_organ)) == shown)
                        slices.Add((c, z));
        return [.. slices];
    }

    private IEnumerable<(int, int)> Labelled(int caseIndex)
    {
        if (_pseudo[caseIndex] is not { } pseudo)
            yield break;
        for (int z = 0; z < pseudo.Depth; z++)
            if (Any(pseudo.Runs(z, out _)))
                yield return (caseIndex, z);
    }

    private bool Any(ReadOnlySpan<uint> words)
    {
        foreach (uint word in words)
            if (Has(word))
                return true;
        return false;
    }
}
