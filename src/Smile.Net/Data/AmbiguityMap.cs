namespace Smile.Net.Data;

/// <summary>
/// What a voxel certainly is and certainly is not, as two sets of organs: bit k of IsOrgan is y_k, bit k of IsKnown is w_k
/// (paper, section 2: SMILE trains on certain labels only).
/// </summary>
public static class AmbiguityMap
{
    /// <summary>
    /// The sets of one voxel. An annotated organ is known everywhere. An organ that is not annotated is known, to be absent, on
    /// voxels of annotated organs; its own label, where the file happens to hold it, is seen as background. Ignore knows nothing.
    /// </summary>
    /// <param name="label">The label in memory, <see cref="Labels"/>.</param>
    /// <param name="annotated">The case's annotated organs.</param>
    /// <param name="organs">K.</param>
    public static (OrganBits IsOrgan, OrganBits IsKnown) Bits(byte label, OrganBits annotated, int organs)
    {
        OrganBits all = OrganBits.First(organs);
        annotated &= all;
        byte visible = Visible(label, annotated);
        return visible switch
        {
            Labels.Ignore => (default, default),
            Labels.Background => (default, annotated),
            _ => (OrganBits.Of(visible - 1), all),
        };
    }

    /// <summary>The label as training may see it: an organ that is not annotated is background.</summary>
    public static byte Visible(byte label, OrganBits annotated) =>
        label is Labels.Background or Labels.Ignore || (label <= OrganSet.MaxOrgans && annotated.Has(label - 1))
            ? label
            : Labels.Background;

    /// <summary>
    /// The organs that may get a pseudo label at the voxel: not known there, and the voxel is not ignored (SMILEr's candidates,
    /// paper, section 2.2).
    /// </summary>
    public static OrganBits Open(byte label, OrganBits annotated, int organs) =>
        label == Labels.Ignore ? default : OrganBits.First(organs) & ~Bits(label, annotated, organs).IsKnown;

    /// <summary>
    /// Adds pseudo labels to the mask words of a voxel: positive and known where, and only where, nothing was known. A certain label is
    /// never overwritten.
    /// </summary>
    public static (uint IsOrgan, uint IsKnown) WithPseudo(uint isOrgan, uint isKnown, uint pseudo)
    {
        uint added = pseudo & ~isKnown;
        return (isOrgan | added, isKnown | added);
    }
}
