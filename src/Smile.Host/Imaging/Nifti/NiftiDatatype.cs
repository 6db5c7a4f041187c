namespace Smile.Host.Imaging.Nifti;

/// <summary>The voxel types read here, by their NIfTI codes (nifti1.h, "the codes for DATATYPE").</summary>
internal enum NiftiDatatype
{
    UInt8 = 2,
    Int16 = 4,
    Int32 = 8,
    Float32 = 16,
    Float64 = 64,
    Int8 = 256,
    UInt16 = 512,
    UInt32 = 768,
    Int64 = 1024,
    UInt64 = 1280,
}

internal static class NiftiDatatypes
{
    /// <summary>Bytes of one voxel.</summary>
    public static int Size(this NiftiDatatype type) => type switch
    {
        NiftiDatatype.UInt8 or NiftiDatatype.Int8 => 1,
        NiftiDatatype.Int16 or NiftiDatatype.UInt16 => 2,
        NiftiDatatype.Int32 or NiftiDatatype.UInt32 or NiftiDatatype.Float32 => 4,
        _ => 8,
    };

    /// <summary>What a code that is not read here stands for.</summary>
    public static string Name(int code) => code switch
    {
        1 => "one bit a voxel",
        32 => "complex64",
        128 => "RGB24",
        1536 => "float128",
        1792 => "complex128",
        2048 => "complex256",
        2304 => "RGBA32",
        _ => "no NIfTI datatype",
    };
}
