namespace Smile.Net.Data;

/// <summary>
/// What a voxel certainly is and certainly is not, as two words: bit k of IsOrgan is y_k, bit k of IsKnown is w_k
/// (paper, section 2: SMILE trains on certain labels only).
/// </summary>
public static class AmbiguityMap
{
    /// <summary>
    /// The words of one voxel. An annotated organ is known everywhere. An organ that is not annotated is known, to be absent, on
    /// voxels of annotated organs; its own label, where the file happens to hold it, is seen as background. Ignore knows nothing.
    /// </summary>
    /// <param name="label">The label in memory, <see cref="Labels"/>.</param>
    /// <param name="annotated">The case's annotated organs.</param>
    /// <param name="organs">K.</param>
    public static (uint IsOrgan, uint IsKnown) Bits(byte label, uint annotated, int organs)
    {
        uint all = OrganSet.Mask(organs);
        annotated &= all;
        byte visible = Visible(label, annotated);
        return visible switch
        {
            Labels.Ignore => (0, 0),
            Labels.Background => (0, annotated),
            _ => (1u << (visible - 1), all),
        };
    }

    /// <summary>The label as training may see it: an organ that is not annotated is background.</summary>
    public static byte Visible(byte label, uint annotated) =>
        label is Labels.Background or Labels.Ignore || (label <= OrganSet.MaxOrgans && (annotated >> (label - 1) & 1) != 0)
            ? label
            : Labels.Background;

    /// <summary>
    /// The organs that may get a pseudo label at the voxel: not known there, and the voxel is not ignored (SMILEr's candidates,
    /// paper, section 2.2).
    /// </summary>
    public static uint Open(byte label, uint annotated, int organs) =>
        label == Labels.Ignore ? 0 : OrganSet.Mask(organs) & ~Bits(label, annotated, organs).IsKnown;

    /// <summary>
    /// Adds pseudo labels: positive and known where, and only where, nothing was known. A certain label is never overwritten.
    /// </summary>
    public static (uint IsOrgan, uint IsKnown) WithPseudo(uint isOrgan, uint isKnown, uint pseudo)
    {
        uint added = pseudo & ~isKnown;
        return (isOrgan | added, isKnown | added);
    }
}
