namespace Smile.Host.Imaging.Dicom;

/// <summary>One element as it came.</summary>
/// <param name="Vr">Its value representation; the dictionary's where the file gives none or UN.</param>
/// <param name="Offset">The byte at which it starts, tag included.</param>
/// <param name="Value">Its bytes; empty for a sequence.</param>
/// <param name="BigEndian">How binary numbers in it are stored.</param>
/// <param name="Items">The items of a sequence.</param>
internal sealed record DicomElement(string Vr, long Offset, byte[] Value, bool BigEndian, IReadOnlyList<DicomDataset> Items);

/// <summary>Where a file's pixels lie: in one piece, or in the fragments of an encapsulated image.</summary>
/// <param name="Vr">OB or OW; it decides how a big-endian file stores single bytes.</param>
/// <param name="BigEndian">The byte order of a word.</param>
/// <param name="Offset">The first byte of the pixels.</param>
/// <param name="Length">Their bytes, where they are in one piece.</param>
/// <param name="Fragments">The items of an encapsulated image; the first holds the Basic Offset Table.</param>
internal sealed record DicomPixelData(
    string Vr, bool BigEndian, long Offset, long Length, IReadOnlyList<(long Offset, int Length)>? Fragments);
