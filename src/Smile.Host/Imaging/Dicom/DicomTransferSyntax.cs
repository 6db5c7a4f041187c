namespace Smile.Host.Imaging.Dicom;

/// <summary>How a transfer syntax packs pixels.</summary>
internal enum PixelCoding
{
    Native,
    Rle,
    DeflatedFrame,
    JpegLossless,
    JpegLs,
    Jpeg2000,
    Unsupported,
}

/// <summary>A transfer syntax (PS3.5, section 10 and annex A).</summary>
internal sealed record DicomTransferSyntax(string Uid, string Name, PixelCoding Coding, bool Lossy = false)
{
    public static readonly DicomTransferSyntax ImplicitLittleEndian = new("1.2.840.10008.1.2", "Implicit VR Little Endian",
        PixelCoding.Native);
    public static readonly DicomTransferSyntax ExplicitLittleEndian = new("1.2.840.10008.1.2.1", "Explicit VR Little Endian",
        PixelCoding.Native);
    public static readonly DicomTransferSyntax Deflated = new("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian",
        PixelCoding.Native);
    public static readonly DicomTransferSyntax ExplicitBigEndian = new("1.2.840.10008.1.2.2", "Explicit VR Big Endian", PixelCoding.Native);

    private static readonly DicomTransferSyntax[] Known =
    [
        ImplicitLittleEndian,
        ExplicitLittleEndian,
        Deflated,
        ExplicitBigEndian,
        new("1.2.840.10008.1.2.5", "RLE Lossless", PixelCoding.Rle),
        new("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", PixelCoding.DeflatedFrame),
        new("1.2.840.10008.1.2.4.50", "JPEG Baseline", PixelCoding.Unsupported, Lossy: true),
        new("1.2.840.10008.1.2.4.51", "JPEG Extended", PixelCoding.Unsupported, Lossy: true),
        new("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection", PixelCoding.Unsupported, Lossy: true),
        new("1.2.840.10008.1.2.4.55", "JPEG Full Progression", PixelCoding.Unsupported, Lossy: true),
        new("1.2.840.10008.1.2.4.57", "JPEG Lossless", PixelCoding.JpegLossless),
        new("1.2.840.10008.1.2.4.70", "JPEG Lossless, First-Order Prediction", PixelCoding.JpegLossless),
        new("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", PixelCoding.JpegLs),
        new("1.2.840.10008.1.2.4.81", "JPEG-LS Near-Lossless", PixelCoding.JpegLs, Lossy: true),
        new("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", PixelCoding.Jpeg2000),
        new("1.2.840.10008.1.2.4.91", "JPEG 2000", PixelCoding.Jpeg2000, Lossy: true),
        new("1.2.840.10008.1.2.4.92", "JPEG 2000 Multi-component Lossless", PixelCoding.Unsupported),
        new("1.2.840.10008.1.2.4.93", "JPEG 2000 Multi-component", PixelCoding.Unsupported, Lossy: true),
        new("1.2.840.10008.1.2.4.110", "JPEG XL Lossless", PixelCoding.Unsupported),
        new("1.2.840.10008.1.2.4.112", "JPEG XL", PixelCoding.Unsupported, Lossy: true),
        new("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Lossless", PixelCoding.Unsupported),
        new("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 Lossless, RPCL", PixelCoding.Unsupported),
        new("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000", PixelCoding.Unsupported, Lossy: true),
        new("1.2.840.113619.5.2", "Implicit VR, pixels in Big Endian (GE private)", PixelCoding.Unsupported),
    ];

    public bool IsExplicit => Uid != ImplicitLittleEndian.Uid && Uid != "1.2.840.113619.5.2";

    public bool IsBigEndian => Uid == ExplicitBigEndian.Uid;

    /// <summary>The syntax of a UID. One not listed is taken for an encapsulated one: only its pixels cannot be read.</summary>
    public static DicomTransferSyntax Of(string uid) =>
        Array.Find(Known, known => known.Uid == uid) ?? new DicomTransferSyntax(uid, "unknown transfer syntax", PixelCoding.Unsupported);

    public override string ToString() => $"{Name} ({Uid})";
}
