using Smile.Net.Data;

namespace Smile.Net.Relabel;

/// <summary>Writes the label maps of a SMILEr round for people to look at; training does not read them.</summary>
public interface IRoundWriter
{
    /// <summary>Writes one case into the round's folder.</summary>
    /// <param name="folder">Exists.</param>
    /// <param name="data">The case.</param>
    /// <param name="labels">As <see cref="CaseData.Labels"/>: the annotation, and the pseudo labels where it is silent.</param>
    void Write(string folder, CaseData data, byte[] labels);
}
