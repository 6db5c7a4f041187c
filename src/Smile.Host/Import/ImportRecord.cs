using System.Text.Json;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>What the manifest says of a case; written when the case's files are whole, and so the mark that it is done.</summary>
/// <param name="Case">Its new id.</param>
/// <param name="Made">Digest of what it was made of (<see cref="ImportClaim.DigestOf(SourceCase, RegionMapping)"/>).</param>
/// <param name="Kind">Of its source.</param>
/// <param name="Training">False for a test case.</param>
/// <param name="Labelled">False where there is no label map.</param>
/// <param name="Annotated">Bits of the organs that were looked for.</param>
/// <param name="HasIgnore">True where a voxel is ignore.</param>
/// <param name="Image">SHA-256 of the image's voxels.</param>
/// <param name="Warnings">What is odd about it.</param>
internal sealed record ImportRecord(
    string Case, string Made, string Kind, bool Training, bool Labelled, OrganBits Annotated, bool HasIgnore, string Image,
    IReadOnlyList<string> Warnings)
{
    /// <summary>The record of a case that is done; null where it is not, was made of something else, or the record is damaged.</summary>
    public static ImportRecord? Read(string path, string made)
    {
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize<ImportRecord>(File.ReadAllText(path)) is { } record
                && record.Made == made ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this));
}
