using Smile.Kernels.Ops.MaskedBce;

namespace Smile.Net.Data;

/// <summary>A case in memory: the image in HU and the labels, both slice by slice, (z, y, x).</summary>
public sealed class CaseData
{
    /// <summary>Takes what was loaded or generated.</summary>
    /// <param name="id">The case's id.</param>
    /// <param name="volume">The image, HU.</param>
    /// <param name="labels">Labels in memory (<see cref="Data.Labels"/>), as on disk, hidden organs included; they are copied.</param>
    /// <param name="annotated">The organs that training may see.</param>
    /// <param name="truth">The organs whose truth <paramref name="labels"/> holds; has <paramref name="annotated"/>; null: all.</param>
    public CaseData(string id, Volume volume, byte[] labels, OrganBits annotated, OrganBits? truth = null)
        : this(id, new CaseImage(volume), Runs(volume.Geometry, labels), annotated, truth ?? OrganBits.All)
    {
    }

    /// <summary>Takes image and labels as they are held.</summary>
    internal CaseData(string id, CaseImage image, SliceRuns<byte> labels, OrganBits annotated, OrganBits truth)
    {
        if (!(annotated & ~truth).IsEmpty)
            throw new ArgumentException("An organ is annotated whose truth is not there.", nameof(annotated));
        (Id, Image, Labels, Annotated, Truth) = (id, image, labels, annotated, truth);
    }

    public string Id { get; }

    /// <summary><see cref="Case.Group"/>.</summary>
    public string? Group { get; init; }

    /// <summary>
    /// Pseudo labels that the data set brings along (<see cref="PseudoLabels"/>); null where it has none.
    /// What is certain stands above them (<see cref="AmbiguityMap.WithPseudo"/>).
    /// </summary>
    public OrganRuns? Pseudo { get; init; }

    /// <summary>The organs that <see cref="Pseudo"/> has somewhere.</summary>
    internal OrganBits PseudoOrgans => Pseudo?.Organs ?? default;

    public CaseImage Image { get; }

    public Geometry Geometry => Image.Geometry;

    /// <summary>
    /// The truth as on disk, including organs that are not annotated: for evaluation only. Training asks
    /// <see cref="VisibleLabels"/> or <see cref="AmbiguityMap.Bits"/>.
    /// </summary>
    public SliceRuns<byte> Labels { get; }

    /// <summary>Bit k: organ k is annotated.</summary>
    public OrganBits Annotated { get; }

    /// <summary>
    /// Bit k: <see cref="Labels"/> holds organ k wherever it is. Of an organ that is not annotated this is so where the map shows it: one
    /// that is nowhere in the map may as well be one that nobody drew.
    /// </summary>
    public OrganBits Truth { get; }

    /// <summary>Bit k: organ k is annotated, and there.</summary>
    public OrganBits Shown
    {
        get
        {
            OrganBits shown = default;
            foreach (byte label in Labels.Runs(out _))
                shown |= Data.Labels.OrganOf(label);
            return shown & Annotated;
        }
    }

    /// <summary>The labels as training may see them.</summary>
    public SliceRuns<byte> VisibleLabels() => Labels.Map(label => AmbiguityMap.Visible(label, Annotated));

    /// <summary>The same case with other organs annotated; voxels are shared.</summary>
    public CaseData WithAnnotated(OrganBits annotated) => new(Id, Image, Labels, annotated & Truth, Truth)
    {
        Group = Group,
        Pseudo = Pseudo,
    };

    /// <summary>
    /// The case in slices of a spacing (<see cref="PlaneGrid"/>); itself where it has that. What training may see of the labels depends on
    /// nothing else of them: hidden organs take no part in its vote, they stand where it leaves background. A pseudo label of an organ
    /// stands where more than half of the box has it and nothing is certain.
    /// </summary>
    /// <param name="spacing">mm; null: whatever the case has.</param>
    /// <exception cref="DataException">Too many pixels or voxels.</exception>
    public CaseData At(PlaneSpacing? spacing)
    {
        if (PlaneGrid.To(Id, Geometry, spacing) is not { } grid)
            return this;
        byte[] all = grid.Map(Id, new LabelMap(Geometry, Labels.ToArray())).Voxels;
        if (Hides)
        {
            byte[] visible = grid.Map(Id, new LabelMap(Geometry, VisibleLabels().ToArray())).Voxels;
            for (int v = 0; v < all.Length; v++)
            {
                bool hidden = AmbiguityMap.Visible(all[v], Annotated) != all[v];
                all[v] = visible[v] == Data.Labels.Background && hidden ? all[v] : visible[v];
            }
        }

        return new CaseData(Id, grid.Image(Id, Image.ToVolume()), all, Annotated, Truth) { Group = Group, Pseudo = PseudoAt(grid, all) };
    }

    private OrganRuns? PseudoAt(PlaneGrid grid, byte[] labels)
    {
        if (Pseudo is null)
            return null;
        VoxelBits own = Pseudo.ToVoxels(), words = new(Pseudo.Words * MaskWords.Bits, labels.Length);
        foreach (int k in PseudoOrgans)
        {
            byte[] mask = grid.Map(Id, new LabelMap(Geometry, own.MaskOf(k))).Voxels;
            for (int v = 0; v < labels.Length; v++)
                if (mask[v] != 0 && AmbiguityMap.Open(labels[v], Annotated, OrganSet.MaxOrgans).Has(k))
                    words.Add(v, k);
        }

        return OrganRuns.Of(words, labels.Length / Labels.Depth);
    }

    /// <summary>The same case for <see cref="OrganSet.Keeping(OrganBits)"/>; the image is shared.</summary>
    /// <param name="kept">The organs that are kept; voxels of the others are background.</param>
    public CaseData Keeping(OrganBits kept) => new(Id, Image, Labels.Map(label => Data.Labels.Keeping(label, kept)),
        OrganSet.Compact(Annotated, kept), OrganSet.Compact(Truth, kept))
    {
        Group = Group,
        Pseudo = Pseudo?.Keeping(kept),
    };

    /// <summary>Reads image and label map and checks them against each other.</summary>
    /// <param name="source">The case.</param>
    /// <param name="reader">Reads.</param>
    /// <param name="organs">K.</param>
    /// <exception cref="DataException">
    /// The case has no label map, a file cannot be read, the grids differ, a label value is not declared, an intensity is not finite, or
    /// pseudo labels contradict the label maps. The message names the file and the first voxel (z, y, x).
    /// </exception>
    public static CaseData Load(Case source, IVolumeReader reader, int organs)
    {
        if (source.LabelPath is null)
            throw new DataException($"{source.ImagePath}: the case {source.Id} has no label map. "
                + "It can be predicted, not trained on or scored.");
        Volume volume = reader.ReadVolume(source.ImagePath);
        foreach (string fault in VoxelFaults.Of(source.ImagePath, volume))
            throw new DataException(fault);
        LabelMap labels = LabelMaps.Read(source.LabelPath, source.Mapping, reader);
        LabelMaps.CheckGrid(source.LabelPath, labels.Geometry, source.ImagePath, volume.Geometry);
        OrganBits shown = Data.Labels.OrgansIn(labels.Voxels);
        if (source.Pseudo is not null && !(shown & ~source.Annotated).IsEmpty)
            throw new DataException($"{source.LabelPath}: shows an organ that {AnnotationFile.FileName} does not list for {source.Id}; in "
                + "a relabelled data set it holds the annotation alone. Restore both from the relabelling.");
        return new CaseData(source.Id, volume, labels.Voxels, source.Annotated, source.Annotated | shown)
        {
            Group = source.Group,
            Pseudo = source.Pseudo is { } pseudo
                ? OrganRuns.Of(pseudo.Read(source.LabelPath, reader, organs), volume.Geometry.Height * volume.Geometry.Width)
                : null,
        };
    }

    /// <summary>Some organ that is not annotated is in the label map.</summary>
    private bool Hides
    {
        get
        {
            foreach (byte label in Labels.Runs(out _))
                if (AmbiguityMap.Visible(label, Annotated) != label)
                    return true;
            return false;
        }
    }

    private static SliceRuns<byte> Runs(Geometry geometry, byte[] labels) => labels.LongLength == geometry.Voxels
        ? SliceRuns.Of<byte>(labels, geometry.Height * geometry.Width)
        : throw new ArgumentException($"{labels.LongLength} labels given, the volume has {geometry.Voxels} voxels.", nameof(labels));
}
