using Smile.Net.Data;
using Smile.Net.Store;

namespace Smile.Net.Tests.Store;

/// <summary>Cases of which the images lie in packed files.</summary>
internal static class Stored
{
    /// <summary>Where a case is packed to.</summary>
    public static string File(string folder, string id) => Path.Combine(folder, id + CasePacker.Ending);

    /// <summary>The cases with their images in files of a folder; the labels are those of the files.</summary>
    public static CaseData[] Of(string folder, IEnumerable<CaseData> cases, int organs)
    {
        var names = new OrganSet(Enumerable.Range(0, organs).Select(k => $"organ {k}"));
        return [.. cases.Select(data =>
        {
            string path = File(folder, data.Id);
            PackedCaseWriter.Write(path, data, names, shown: data.Truth & names.All, "test", [], []);
            return PackedCase.Open(path).ToCase(data.Annotated, data.Group);
        })];
    }
}
