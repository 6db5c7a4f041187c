using System.Text.Json;
using Smile.Net.Data;

namespace Smile.Net.Store;

/// <summary>A file of a store, as the manifest knows it.</summary>
/// <param name="Name">Below the store's folder, with slashes.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Index">CRC-32C of its index, which holds the CRC of everything else.</param>
public sealed record StoredFile(string Name, long Bytes, uint Index);

/// <summary>A case of a store.</summary>
internal sealed record StoredCase
{
    public required string Id { get; init; }

    /// <summary><see cref="Case.Group"/>.</summary>
    public string? Group { get; init; }

    /// <summary>A training case; else a test case.</summary>
    public required bool Training { get; init; }

    /// <summary>Names of the organs that were looked for.</summary>
    public required IReadOnlyList<string> Annotated { get; init; }

    /// <summary>Voxels of the image's own grid, (z, y, x).</summary>
    public required IReadOnlyList<int> Size { get; init; }

    /// <summary><see cref="Geometry.Affine"/> of that grid.</summary>
    public required IReadOnlyList<double> Affine { get; init; }

    /// <summary>mm along (z, y, x).</summary>
    public required IReadOnlyList<double> Spacing { get; init; }

    /// <summary>SHA-256 of image and labels as they are.</summary>
    public required string ContentHash { get; init; }

    /// <summary>What speaks against its numbers being HU.</summary>
    public required IReadOnlyList<string> Doubts { get; init; }

    /// <summary>The case as it is.</summary>
    public required StoredFile File { get; init; }

    /// <summary>The case in slices of the store's spacing; null where it has that, or the store has none.</summary>
    public StoredFile? Resampled { get; init; }
}

/// <summary>store.json: what is in a store. It is written last: a folder without it is no store yet.</summary>
internal sealed record StoreManifest
{
    /// <summary>The file's name.</summary>
    public const string FileName = Dataset.StoreManifestName;

    // A case takes a kilobyte.
    private const long MostBytes = 256L << 20;

    /// <summary>Of the format, <see cref="PackedFormat.Version"/>.</summary>
    public required int SmileStore { get; init; }

    /// <summary>The version of Smile that packed.</summary>
    public required string Smile { get; init; }

    /// <summary>The organs, bit 0 first.</summary>
    public required IReadOnlyList<string> Organs { get; init; }

    /// <summary>mm as "y,x" that training cases were also resampled to; null: to none.</summary>
    public string? Spacing { get; init; }

    /// <summary>The data set folders, full.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>dataset.json, annotations.json and what else says what the cases are, as they were.</summary>
    public required IReadOnlyList<SourceFile> Sources { get; init; }

    public required IReadOnlyList<StoredCase> Cases { get; init; }

    /// <summary>Writes it into a store's folder.</summary>
    /// <exception cref="DataException">It cannot be written.</exception>
    public void Write(string folder) =>
        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, StoreJson.Default.StoreManifest) + "\n");

    /// <summary>Reads that of a folder.</summary>
    /// <exception cref="DataException">It cannot be read, or is of another version.</exception>
    public static StoreManifest Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            if (new FileInfo(path).Length is > MostBytes and long length)
                throw new DataException($"{path}: {length} bytes; at most {MostBytes} are read. Is it the right file?");
            byte[] text = File.ReadAllBytes(path);
            // The version first: another one has other fields.
            using (JsonDocument document = JsonDocument.Parse(text))
            {
                JsonElement root = document.RootElement;
                if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("smile_store", out JsonElement version)
                    || !version.TryGetInt32(out int number))
                    throw new DataException($"{path}: says no smile_store: it is no manifest of a store. {PackedFormat.Remedy}");
                if (number != PackedFormat.Version)
                    throw PackedFormat.OtherVersion(path, number);
            }

            return JsonSerializer.Deserialize(text, StoreJson.Default.StoreManifest) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new DataException($"{path}: cannot be read: {e.Message} {PackedFormat.Remedy}", e);
        }
    }
}
