namespace Smile.Net.Data;

/// <summary>A volume and its label map, not loaded.</summary>
/// <param name="Id">Unique in the data set; also the name of what is written for the case.</param>
/// <param name="ImagePath">The image file.</param>
/// <param name="LabelPath">The label map file; null in a test case without truth.</param>
/// <param name="Annotated">Bit k: organ k was looked for in this case (it may be absent).</param>
/// <param name="Mapping">What the integers of the label map mean.</param>
public sealed record Case(string Id, string ImagePath, string? LabelPath, OrganBits Annotated, LabelMapping Mapping)
{
    /// <summary>The data set folder that the case comes from.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The case's name in that folder, by which annotations.json knows it.</summary>
    public string NameInFolder { get; init; } = Id;

    /// <summary>Of a relabelled data set, where an organ is not annotated: what a round found. Else null.</summary>
    public PseudoLabels? Pseudo { get; init; }

    /// <summary>Whatever has the same group is of one patient (<see cref="GroupFile"/>); null where the case stands alone.</summary>
    public string? Group { get; init; }
}
