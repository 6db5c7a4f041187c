using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>An image of a source with what is outlined on it, not loaded.</summary>
internal abstract class SourceCase
{
    /// <summary>Where it is, for messages and for the file of originals; it may identify the patient.</summary>
    public abstract string Origin { get; }

    /// <summary>What kind of source it is, in words that identify nobody.</summary>
    public abstract string Kind { get; }

    /// <summary>Every structure that somebody seems to have looked for in this case; reading may show that nothing is known.</summary>
    public abstract IReadOnlyList<SourceRegion> Regions { get; }

    /// <summary>True where the source sets it aside for testing.</summary>
    public bool IsTest { get; init; }

    /// <summary>Cases that share one of these are of one patient. They identify the patient; none where the source does not say.</summary>
    public IReadOnlyList<string> Patient { get; init; } = [];

    /// <summary>The files it is made of and their identifiers, for the file of originals.</summary>
    public abstract IReadOnlyDictionary<string, string> Originals { get; }

    /// <summary>
    /// The files that it is made of and, as words, how their values are read: where one has changed the case has. They may identify the
    /// patient.
    /// </summary>
    public abstract IEnumerable<string> Inputs { get; }

    /// <summary>
    /// Reads the image, its labels in memory (<see cref="Labels"/>) where an organ of the mapping is annotated, and the organs that are,
    /// as bits: of all other organs nothing is known where no annotated one lies.
    /// </summary>
    /// <exception cref="DataException">A file is damaged, or labels and image do not fit.</exception>
    public abstract (Volume Image, byte[] Labels, OrganBits Annotated) Read(RegionMapping mapping, CaseNotes notes);
}
