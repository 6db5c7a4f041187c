namespace Smile.Net.Data;

/// <summary>A mask of a relabelled data set: where a round found an organ that is not annotated in the case.</summary>
/// <param name="Organ">Its index; -1 where the study leaves the organ out.</param>
/// <param name="Value">Its integer in the folder's label maps.</param>
/// <param name="Path">The file: 1 inside, 0 outside.</param>
/// <param name="Voxels">How many are inside, as dataset.json says.</param>
public sealed record PseudoMask(int Organ, byte Value, string Path, long Voxels);

/// <summary>What a relabelled data set holds of a case beside its annotation (docs/data.md); voxels are not loaded.</summary>
/// <param name="Merged">The label map for others: annotation and pseudo labels in one, <paramref name="Ignore"/> elsewhere.</param>
/// <param name="Ignore">The integer of what nobody knows.</param>
/// <param name="Masks">One for each organ that a round has looked for.</param>
public sealed record PseudoLabels(string Merged, byte Ignore, IReadOnlyList<PseudoMask> Masks)
{
    /// <summary>The organs of which a mask has a voxel.</summary>
    public OrganBits Organs => OrganBits.Of(Masks.Where(mask => mask is { Organ: >= 0, Voxels: > 0 }).Select(mask => mask.Organ));

    /// <summary>For <see cref="OrganSet.Keeping(OrganBits)"/>.</summary>
    public PseudoLabels Keeping(OrganBits kept) => this with
    {
        Masks = [.. Masks.Select(mask => mask with
        {
            Organ = mask.Organ >= 0 && kept.Has(mask.Organ) ? (kept & OrganBits.First(mask.Organ)).Count : -1,
        })],
    };

    /// <summary>
    /// The label map of a partly annotated case for programs that know one label a voxel: the annotation; a pseudo label where there is
    /// one; <see cref="Labels.Ignore"/> where nothing is known of some organ, and where several organs claim the voxel, of which such a
    /// program could only take one for certain and the others for certainly absent.
    /// </summary>
    /// <param name="visible">Labels as training may see them.</param>
    /// <param name="pseudo">Pseudo labels.</param>
    public static byte[] Merge(ReadOnlySpan<byte> visible, VoxelBits pseudo)
    {
        byte[] merged = visible.ToArray();
        for (int v = 0; v < merged.Length; v++)
        {
            if (merged[v] == Labels.Background)
            {
                OrganBits organs = pseudo[v];
                merged[v] = organs.Count == 1 ? Labels.Of(organs.Lowest) : Labels.Ignore;
            }
        }

        return merged;
    }

    /// <summary>Reads the masks and holds annotation, masks and merged map against each other.</summary>
    /// <param name="annotation">The case's own label map.</param>
    /// <param name="reader">Reads.</param>
    /// <param name="organs">K.</param>
    /// <returns>The pseudo labels.</returns>
    /// <exception cref="DataException">
    /// A file cannot be read, is not on the annotation's grid, or contradicts the others; file and first voxel (z, y, x) are named.
    /// </exception>
    public VoxelBits Read(string annotation, IVolumeReader reader, int organs)
    {
        LabelMap own = reader.ReadLabels(annotation);
        byte[] expected = [.. own.Voxels.Select(value => value == 0 ? Ignore : value)], claims = new byte[expected.Length];
        var words = new VoxelBits(organs, expected.Length);
        foreach (PseudoMask mask in Masks)
            Add(mask, Map(mask.Path), own, expected, claims, words);
        LabelMap merged = Map(Merged);
        int differs = expected.AsSpan().CommonPrefixLength(merged.Voxels);
        return differs == expected.Length ? words : throw new DataException(
            $"{Merged}: voxel {VoxelFaults.At(own.Geometry, differs)} is {merged.Voxels[differs]}, which by {annotation} and the masks in "
            + $"{PseudoIndex.MaskFolder} would be {expected[differs]}: one was changed. Restore them from the relabelling. To train "
            + $"on what {Path.GetFileName(Path.GetDirectoryName(Merged))} says alone, delete \"{PseudoIndex.Key}\" from "
            + $"{DatasetJson.FileName}, and the folders {PseudoIndex.AnnotatedFolder} and {PseudoIndex.MaskFolder}.");

        LabelMap Map(string path)
        {
            LabelMap map = reader.ReadLabels(path);
            LabelMaps.CheckGrid(path, map.Geometry, annotation, own.Geometry);
            return map;
        }
    }

    private void Add(PseudoMask mask, LabelMap inside, LabelMap own, byte[] expected, byte[] claims, VoxelBits words)
    {
        long count = 0;
        for (int v = 0; v < claims.Length; v++)
        {
            if (inside.Voxels[v] == 0)
                continue;
            if (inside.Voxels[v] != 1)
                throw new DataException($"{mask.Path}: voxel {VoxelFaults.At(own.Geometry, v)} is {inside.Voxels[v]}; a mask has 0 and 1. "
                    + "Restore it from the relabelling.");
            if (own.Voxels[v] != 0)
                throw new DataException($"{mask.Path}: voxel {VoxelFaults.At(own.Geometry, v)} carries a pseudo label where the annotation "
                    + $"has {own.Voxels[v]}: what is certain is never overwritten. Restore both from the relabelling.");
            count++;
            expected[v] = claims[v] == 0 ? mask.Value : Ignore;
            claims[v] = 1;
            if (mask.Organ >= 0)
                words.Add(v, mask.Organ);
        }

        if (count != mask.Voxels)
            throw new DataException($"{mask.Path}: {count} voxels are inside; {DatasetJson.FileName} says {mask.Voxels}. "
                + "Restore both from the relabelling.");
    }
}
