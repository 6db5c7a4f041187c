using System.Globalization;
using Smile.Net.Data;

namespace Smile.Net.Store;

/// <summary>Packs cases of a data set, each into a file of its own; a file that holds just that already is kept.</summary>
/// <param name="dataset">The data set.</param>
public sealed class CasePacker(Dataset dataset)
{
    /// <summary>The ending of packed files.</summary>
    public const string Ending = ".packed";

    /// <summary>Cases that were packed; the others were there.</summary>
    public int Packed { get; private set; }

    /// <summary>Packs a case and opens it: its labels are in memory, its image is read slice by slice.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">The case.</param>
    /// <param name="spacing">What its slices are brought to, mm; null: nothing.</param>
    /// <param name="doubts">Takes what speaks against its numbers being HU, a sentence each.</param>
    /// <exception cref="DataException">The case cannot be read, or the file not be written.</exception>
    public CaseData Pack(string path, Case source, PlaneSpacing? spacing, List<string> doubts)
    {
        PackedCase packed = PackFile(path, source, spacing);
        doubts.AddRange(packed.Header.Doubts);
        return packed.ToCase(source.Annotated, source.Group);
    }

    internal PackedCase PackFile(string path, Case source, PlaneSpacing? spacing)
    {
        string recipe = Recipe(source, spacing);
        IReadOnlyList<string> sources = SourceFiles.Of(source);
        if (There(path, source.Id, recipe, sources) is { } there)
            return there;
        IReadOnlyList<SourceFile> files = SourceFiles.Read(sources);
        var doubts = new List<string>();
        CaseData own = dataset.Load(source, spacing: null, doubts);
        OrganBits shown = 0;
        for (int k = 0; k < dataset.Organs.Count; k++)
            shown |= own.Labels.Contains(Labels.Of(k)) ? OrganBits.Of(k) : 0;
        PackedCaseWriter.Write(path, own.At(spacing), dataset.Organs, shown, recipe, files, doubts);
        Packed++;
        return PackedCase.Open(path);
    }

    private static PackedCase? There(string path, string id, string recipe, IReadOnlyList<string> sources)
    {
        if (!File.Exists(path))
            return null;
        PackedCase there;
        try
        {
            there = PackedCase.Open(path);
        }
        catch (DataException)
        {
            return null; // torn, or of another version: it is packed anew
        }

        if (there.Header.Id == id && there.Header.Recipe == recipe && SourceFiles.AreUnchanged(there.Header.Sources, sources))
            return there;
        there.Dispose();
        return null;
    }

    /// <summary>
    /// What labels mean, and the spacing. Which organs are annotated takes part only where the voxels depend on it: in another spacing, and
    /// where there are pseudo labels.
    /// </summary>
    private string Recipe(Case source, PlaneSpacing? spacing) => string.Create(CultureInfo.InvariantCulture,
        $"{PackedFormat.Version}; {string.Join('|', dataset.Organs.Names)}; {source.Mapping.Text}; {spacing?.ToString() ?? "native"}; ")
        + (spacing is null && source.Pseudo is null ? "any" : string.Join('|', dataset.Organs.NamesOf(source.Annotated)));
}
