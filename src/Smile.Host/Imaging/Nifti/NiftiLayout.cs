namespace Smile.Host.Imaging.Nifti;

/// <summary>
/// A header field: its name in the standard, where it starts, and the width and kind of its numbers. An array's name ends
/// in []; fields of three that the standard names by letter are one field with these letters.
/// </summary>
internal readonly record struct NiftiField(string Name, int Offset, int Width, bool IsReal = false, string Letters = "")
{
    /// <summary>The byte offset of element <paramref name="index"/>.</summary>
    public int At(int index) => Offset + index * Width;

    /// <summary>What the standard calls element <paramref name="index"/>: dim[3], srow_y.</summary>
    public string Element(int index) =>
        Letters.Length > 0 ? $"{Name}_{Letters[index]}" : Name.Replace("[]", $"[{index}]", StringComparison.Ordinal);
}

/// <summary>
/// Where the fields of the two NIfTI headers lie (nifti1.h and nifti2.h of the NIfTI Data Format Working Group). Only fields
/// that are read or written are listed; the rest travels as bytes.
/// </summary>
internal sealed class NiftiLayout
{
    public static readonly NiftiLayout Nifti1 = new()
    {
        Size = 348,
        Magic = new("magic", 344, 1),
        SingleMagic = [.. "n+1\0"u8],
        PairMagic = [.. "ni1\0"u8],
        Dim = new("dim[]", 40, 2),
        Datatype = new("datatype", 70, 2),
        Bitpix = new("bitpix", 72, 2),
        Pixdim = new("pixdim[]", 76, 4, IsReal: true),
        VoxOffset = new("vox_offset", 108, 4, IsReal: true),
        Slope = new("scl_slope", 112, 4, IsReal: true),
        Intercept = new("scl_inter", 116, 4, IsReal: true),
        Units = new("xyzt_units", 123, 1),
        Description = new("descrip", 148, 1),
        CalMax = new("cal_max", 124, 4, IsReal: true),
        CalMin = new("cal_min", 128, 4, IsReal: true),
        QformCode = new("qform_code", 252, 2),
        SformCode = new("sform_code", 254, 2),
        Quaternion = new("quatern", 256, 4, IsReal: true, Letters: "bcd"),
        Qoffset = new("qoffset", 268, 4, IsReal: true, Letters: "xyz"),
        Srow = new("srow", 280, 4, IsReal: true, Letters: "xxxxyyyyzzzz"),
    };

    public static readonly NiftiLayout Nifti2 = new()
    {
        Size = 540,
        Magic = new("magic", 4, 1),
        SingleMagic = [.. "n+2\0\r\n\x1a\n"u8],
        PairMagic = [.. "ni2\0\r\n\x1a\n"u8],
        Dim = new("dim[]", 16, 8),
        Datatype = new("datatype", 12, 2),
        Bitpix = new("bitpix", 14, 2),
        Pixdim = new("pixdim[]", 104, 8, IsReal: true),
        VoxOffset = new("vox_offset", 168, 8),
        Slope = new("scl_slope", 176, 8, IsReal: true),
        Intercept = new("scl_inter", 184, 8, IsReal: true),
        Units = new("xyzt_units", 500, 4),
        Description = new("descrip", 240, 1),
        CalMax = new("cal_max", 192, 8, IsReal: true),
        CalMin = new("cal_min", 200, 8, IsReal: true),
        QformCode = new("qform_code", 344, 4),
        SformCode = new("sform_code", 348, 4),
        Quaternion = new("quatern", 352, 8, IsReal: true, Letters: "bcd"),
        Qoffset = new("qoffset", 376, 8, IsReal: true, Letters: "xyz"),
        Srow = new("srow", 400, 8, IsReal: true, Letters: "xxxxyyyyzzzz"),
    };

    public required int Size { get; init; }
    public required NiftiField Magic { get; init; }
    public required byte[] SingleMagic { get; init; }
    public required byte[] PairMagic { get; init; }
    public required NiftiField Dim { get; init; }
    public required NiftiField Datatype { get; init; }
    public required NiftiField Bitpix { get; init; }
    public required NiftiField Pixdim { get; init; }
    public required NiftiField VoxOffset { get; init; }
    public required NiftiField Slope { get; init; }
    public required NiftiField Intercept { get; init; }
    public required NiftiField Units { get; init; }

    /// <summary>80 bytes of text, ended by a 0 where it is shorter.</summary>
    public required NiftiField Description { get; init; }

    public required NiftiField CalMax { get; init; }
    public required NiftiField CalMin { get; init; }
    public required NiftiField QformCode { get; init; }
    public required NiftiField SformCode { get; init; }

    /// <summary>b, c, d.</summary>
    public required NiftiField Quaternion { get; init; }

    /// <summary>x, y, z.</summary>
    public required NiftiField Qoffset { get; init; }

    /// <summary>The three rows srow_x, srow_y, srow_z: 12 numbers on end.</summary>
    public required NiftiField Srow { get; init; }
}
