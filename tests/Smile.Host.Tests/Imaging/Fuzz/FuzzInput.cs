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
internal sealed record FuzzInput(FuzzKind Kind, byte[] Bytes);

/// <summary>The reader did what it must not do.</summary>
internal sealed class FuzzFault(string message, Exception? inner = null) : Exception(message, inner);
