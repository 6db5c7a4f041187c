using Smile.Kernels.Ops.MaskedBce;

namespace Smile.Net.Store;

/// <summary>
/// A packed file, little-endian: magic and version; a zstd frame a slice, of the numbers' bytes plane by plane (<see cref="ByteShuffle"/>);
/// the runs of labels and pseudo labels; the index; a footer that says where the index is. Frames may be the same bytes: the index says
/// of each slice where its frame lies.
/// </summary>
internal static class PackedFormat
{
    /// <summary>Of manifests, and of files of up to 32 organs.</summary>
    public const int Version = 1;

    /// <summary>Of files of more organs, which have more blocks.</summary>
    public const int ManyOrgans = 2;

    /// <summary>Bytes before the first frame: <see cref="Magic"/>, version, 0.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Bytes at the end: where the index begins, its length, its CRC, version, <see cref="Magic"/>.</summary>
    public const int FooterBytes = 32;

    /// <summary>Bytes of a frame or block in the index: where it begins (64 bits), length (32), CRC-32C (32).</summary>
    public const int EntryBytes = 16;

    /// <summary>Blocks of a volume's runs: values, lengths and ends.</summary>
    public const int RunBlocks = 3;

    /// <summary>Blocks after the frames: the runs of labels, and of each mask word of the pseudo labels.</summary>
    public static int Blocks(int organs) => RunBlocks * (1 + MaskWords.Of(organs));

    /// <summary>The version of a file.</summary>
    public static int VersionOf(int organs) => MaskWords.Of(organs) == 1 ? Version : ManyOrgans;

    /// <summary>The longest index: of 100,000 slices it takes 2 MB.</summary>
    public const long MostIndex = 64 << 20;

    /// <summary>Voxels of a slice, at the most.</summary>
    public const int MostPixels = 1 << 26;

    /// <summary>The level of zstd: higher ones take more time and save little (docs/scale.md).</summary>
    public const int Level = 1;

    /// <summary>What mends a store.</summary>
    public const string Remedy = "Pack again with 'smile dataset pack', which keeps what is whole.";

    /// <summary>Both ends of a file.</summary>
    public static ReadOnlySpan<byte> Magic => "SMILECT\n"u8;

    /// <summary>A file of a version that is not known here.</summary>
    public static DataException OtherVersion(string path, long version) =>
        new($"{path}: is of version {version} of the store's format; this Smile ({SmileVersion.Text}) reads version {Version} "
            + $"and, of files of more than 32 organs, {ManyOrgans}. "
            + "Pack the data set again with this Smile, or use the Smile that packed it.");
}
