using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// A DICOM Part 10 file, or the bare data set of one: with or without preamble and file meta information, in any of the
/// uncompressed transfer syntaxes, its pixels in those of <see cref="DicomTransferSyntax"/>.
/// </summary>
internal sealed class DicomFile : IDicomFile
{
    private readonly DicomPixelData? _pixels;
    private readonly byte[]? _inflated;

    private DicomFile(string path, DicomTransferSyntax syntax, DicomDataset set, DicomPixelData? pixels, byte[]? inflated,
        List<string> warnings) =>
        (Path, TransferSyntax, Dataset, _pixels, _inflated, Warnings) = (path, syntax, set, pixels, inflated, warnings);

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public DicomTransferSyntax TransferSyntax { get; }

    /// <inheritdoc/>
    public IDicomDataset Dataset { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>True where a file starts as DICOM does; says nothing of the rest.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static bool IsDicom(string path) => Guard(path, () =>
    {
        using DicomBytes bytes = DicomBytes.Open(path);
        return Start(bytes) > 0 || new DicomParser(bytes, path, []).Sniff() is not null;
    });

    /// <summary>Reads everything but the pixels.</summary>
    /// <exception cref="DataException">Not DICOM, or damaged; names the file, the element and the byte offset.</exception>
    public static DicomFile Open(string path) => TryOpen(path)
        ?? throw new DataException($"{path}: neither 'DICM' at byte 128 nor an element at byte 0: not a DICOM file.");

    /// <summary>As <see cref="Open"/>; null where the file does not start as DICOM does.</summary>
    /// <exception cref="DataException">Damaged; names the file, the element and the byte offset.</exception>
    public static DicomFile? TryOpen(string path) => Guard(path, () =>
    {
        using DicomBytes bytes = DicomBytes.Open(path);
        var warnings = new List<string>();
        var parser = new DicomParser(bytes, path, warnings) { Position = Start(bytes) };
        if (parser.Sniff() is null && parser.Position == 0)
            return null;

        string uid = parser.ReadMeta().Text(DicomTags.TransferSyntaxUID);
        DicomTransferSyntax syntax = uid.Length > 0 ? DicomTransferSyntax.Of(uid) : Guess(parser, path, warnings);
        byte[]? inflated = null;
        if (syntax == DicomTransferSyntax.Deflated)
        {
            inflated = bytes.Inflate(parser.Position);
            using DicomBytes body = DicomBytes.Of(inflated);
            parser = new DicomParser(body, path, warnings);
        }

        var encoding = new DicomEncoding(syntax.IsExplicit, syntax.IsBigEndian);
        if (!encoding.IsExplicit && parser.Sniff() is { IsExplicit: true, BigEndian: false } seen)
        {
            warnings.Add($"{path}: {DicomTags.TransferSyntaxUID} says {syntax}, but the elements are explicit and are read so.");
            encoding = seen;
        }

        DicomDataset set = parser.ReadDataset(encoding);
        return new DicomFile(path, syntax, set, parser.Pixels, inflated, warnings);
    });

    /// <inheritdoc/>
    public PixelFormat ReadFormat()
    {
        if (_pixels is null)
            throw Dataset.Bad(DicomTags.PixelData, "is missing: no image.");
        var format = PixelFormat.Read(Dataset);
        if (TransferSyntax.Coding == PixelCoding.Unsupported)
        {
            throw Dataset.Bad(DicomTags.TransferSyntaxUID,
                $"{TransferSyntax} is not read here. Convert the file to Explicit VR Little Endian "
                + "(dcmdjpeg of dcmtk, or gdcmconv --raw of libgdcm-tools).");
        }

        if (_pixels.Fragments is null != (TransferSyntax.Coding == PixelCoding.Native))
            throw Dataset.Bad(DicomTags.PixelData, $"packed otherwise than {TransferSyntax} says. Export the file again.");
        string claim = $"{format.Rows} rows x {format.Columns} columns x {format.Frames} frames of {format.BitsAllocated} bits";
        if (_pixels.Fragments is not { } fragments)
        {
            long wanted = ((long)format.Pixels * format.Frames * format.BitsAllocated + 7) / 8;
            if (wanted > _pixels.Length)
            {
                throw Dataset.Bad(DicomTags.PixelData, $"holds {_pixels.Length} bytes, {claim} want {wanted}: truncated, or the header is "
                    + "damaged. Copy or export the file again.");
            }

            return format;
        }

        long packed = fragments.Sum(fragment => (long)fragment.Length);
        if (format.Frames > Math.Max(1, fragments.Count - 1)
            || (long)format.Pixels * format.Frames > FrameDecoder.MostPixels(TransferSyntax.Coding, format.BitsAllocated, packed))
        {
            throw Dataset.Bad(DicomTags.PixelData,
                $"holds {packed} bytes in {fragments.Count} fragments, too few for {claim}: truncated, or the "
                + "header is damaged. Copy or export the file again.");
        }

        return format;
    }

    /// <inheritdoc/>
    public void ReadFrame(PixelFormat format, int frame, Span<int> stored)
    {
        // A span cannot enter a lambda, so this guards for itself.
        try
        {
            using DicomBytes bytes = _inflated is null ? DicomBytes.Open(Path) : DicomBytes.Of(_inflated);
            FrameDecoder.Decode(bytes, _pixels!, TransferSyntax.Coding, format, frame, stored[..format.Pixels]);
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{Path}: {DicomTags.PixelData}, frame {frame + 1}, {TransferSyntax}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(Path, e);
        }
    }

    /// <summary>132 where the preamble and 'DICM' are there, else 0.</summary>
    private static long Start(DicomBytes bytes)
    {
        ReadOnlySpan<byte> head = bytes.Peek(0, 132);
        return head.Length == 132 && head[128..].SequenceEqual("DICM"u8) ? 132 : 0;
    }

    private static DicomTransferSyntax Guess(DicomParser parser, string path, List<string> warnings)
    {
        DicomTransferSyntax syntax = parser.Sniff() switch
        {
            { IsExplicit: false, BigEndian: false } => DicomTransferSyntax.ImplicitLittleEndian,
            { IsExplicit: true, BigEndian: false } => DicomTransferSyntax.ExplicitLittleEndian,
            { IsExplicit: true, BigEndian: true } => DicomTransferSyntax.ExplicitBigEndian,
            _ =>
                throw new DataException($"{path}: no transfer syntax, and none to be told from offset {parser.Position}. "
                    + "Export the file again."),
        };
        warnings.Add($"{path}: {DicomTags.TransferSyntaxUID} is missing; {syntax} is assumed.");
        return syntax;
    }

    private static DataException Unreadable(string path, Exception e) => new($"{path}: cannot be read: {e.Message}", e);

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw Unreadable(path, e);
        }
    }
}
