using System.Text;
using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Fuzz;

/// <summary>What a damaged file is read as.</summary>
internal enum FuzzKind : byte
{
    /// <summary>The middle one of three CT slices; also alone.</summary>
    Slice,

    /// <summary>A SEG on three sound slices.</summary>
    Segmentation,

    /// <summary>An RTSTRUCT on three sound slices.</summary>
    StructureSet,

    /// <summary>A NIfTI file, packed or not, as an image and as a label map.</summary>
    Nifti,

    /// <summary>The .hdr of a pair whose .img is sound.</summary>
    NiftiHeader,

    /// <summary>A DICOM file in a folder that is imported: beside two slices of a series.</summary>
    ImportedDicom,

    /// <summary>The image of a folder that is imported; its label map is sound.</summary>
    ImportedImage,

    /// <summary>The label map of a folder that is imported; its image is sound.</summary>
    ImportedLabels,
}

/// <summary>A file to be read, and as what.</summary>
internal sealed record FuzzInput(FuzzKind Kind, byte[] Bytes)
{
    private static readonly byte[] _transferSyntax = [0x02, 0x00, 0x10, 0x00, (byte)'U', (byte)'I'],
        _enhanced = [.. "1.2.840.10008.5.1.4.1.1.2.1"u8];

    /// <summary>
    /// Of DICOM the transfer syntax that the file claims ("none", "refused") and whether it is Enhanced; of NIfTI the version, or gzip:
    /// what takes another way through the readers, so that of each there should be as many.
    /// </summary>
    public string Variety => Kind is FuzzKind.Nifti or FuzzKind.NiftiHeader or FuzzKind.ImportedImage or FuzzKind.ImportedLabels
        ? Bytes is [0x1F, 0x8B, ..]
        ? "gzip"
        : Bytes.AsSpan().StartsWith("\u001c\u0002"u8) || Bytes.AsSpan().StartsWith("\0\0\u0002\u001c"u8) ? "NIfTI-2" : "NIfTI-1"
        : (Bytes.AsSpan().IndexOf(_enhanced) >= 0 ? "Enhanced, " : "") + Syntax();

    private string Syntax()
    {
        int at = Bytes.AsSpan(0, Math.Min(Bytes.Length, 1024)).IndexOf(_transferSyntax);
        if (at < 0 || at + 8 > Bytes.Length)
            return "none";
        int length = Math.Min(Bytes[at + 6] | Bytes[at + 7] << 8, Bytes.Length - at - 8);
        var syntax = DicomTransferSyntax.Of(Encoding.Latin1.GetString(Bytes, at + 8, length).Trim(' ', '\0'));
        return syntax.Coding == PixelCoding.Unsupported ? "refused" : syntax.Name;
    }
}

/// <summary>The reader did what it must not do.</summary>
internal sealed class FuzzFault(string message, Exception? inner = null) : Exception(message, inner);
