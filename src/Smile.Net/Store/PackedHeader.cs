using System.Text.Json.Serialization;
using Smile.Net.Data;

namespace Smile.Net.Store;

/// <summary>A file as it was when something was made of it.</summary>
/// <param name="Path">Full.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Modified">Ticks of the last change, UTC.</param>
/// <param name="Hash">SHA-256 of its bytes.</param>
public sealed record SourceFile(string Path, long Bytes, long Modified, string Hash);

/// <summary>What the index of a packed file says of its case.</summary>
internal sealed record PackedHeader
{
    public required string Id { get; init; }

    public required int Depth { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    /// <summary>As of <see cref="Geometry.Affine"/>.</summary>
    public required IReadOnlyList<double> Affine { get; init; }

    /// <summary>Slices are of 16-bit integers; else of float32.</summary>
    public required bool Whole { get; init; }

    /// <summary>The organs, bit 0 first: what labels mean.</summary>
    public required IReadOnlyList<string> Organs { get; init; }

    /// <summary>Bit k: organ k is in the label map, before it was brought to another spacing.</summary>
    public required OrganBits Shown { get; init; }

    /// <summary><see cref="CaseImage.Hash"/>.</summary>
    public required string ImageHash { get; init; }

    /// <summary>Of image, labels and pseudo labels (<see cref="DataHash.OfContent"/>).</summary>
    public required string ContentHash { get; init; }

    /// <summary>What speaks against its numbers being HU.</summary>
    public required IReadOnlyList<string> Doubts { get; init; }

    /// <summary>All that decides what is in the file beside its sources: another one means that it must be packed anew.</summary>
    public required string Recipe { get; init; }

    /// <summary>The files that it was made of.</summary>
    public required IReadOnlyList<SourceFile> Sources { get; init; }
}

/// <summary>JSON of a store.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, WriteIndented = true)]
[JsonSerializable(typeof(PackedHeader))]
[JsonSerializable(typeof(StoreManifest))]
internal sealed partial class StoreJson : JsonSerializerContext;
