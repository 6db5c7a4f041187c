using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Nifti;

/// <summary>
/// Reads NIfTI-1 and NIfTI-2: .nii, .nii.gz, and .hdr with .img, in either byte order, any integer or real voxel type, any of
/// the 48 axis orders. Voxels come in the orientation closest to RAS+; one pass over the file, no copy in between.
/// </summary>
internal static class NiftiReader
{
    /// <summary>What is said of a voxel that is NaN or infinite.</summary>
    public const string NoNumber = "is not a finite float32. Repair the image.";

    /// <summary>Reads an image in HU (scl_slope and scl_inter applied), (z, y, x).</summary>
    /// <exception cref="DataException">Damaged or unsupported; names the file, the field or voxel, and the byte offset.</exception>
    public static (Volume Volume, NiftiSource Source) ReadVolume(string path)
    {
        NiftiSource source = ReadHeader(path);
        float[] voxels = ReadVoxels(source, VoxelConversion.ToFloats(source.Header), NoNumber);
        return (new Volume(source.Geometry, voxels), source);
    }

    /// <summary>Reads a label map, (z, y, x), from any voxel type whose values are whole numbers 0 .. 255.</summary>
    /// <exception cref="DataException">As for <see cref="ReadVolume"/>, and where a voxel is no such number.</exception>
    public static (LabelMap Labels, NiftiSource Source) ReadLabels(string path)
    {
        NiftiSource source = ReadHeader(path);
        byte[] voxels = ReadVoxels(source, VoxelConversion.ToLabels(source.Header),
            "is not a label (a whole number 0 to 255). Is this a label map?");
        return (new LabelMap(source.Geometry, voxels), source);
    }

    /// <summary>Reads the header only: where the voxels lie.</summary>
    /// <exception cref="DataException">As for <see cref="ReadVolume"/>.</exception>
    public static NiftiSource ReadHeader(string path)
    {
        string headerPath = Sibling(path, ".img", ".hdr");
        return Guard(headerPath, () =>
        {
            using NiftiStream stream = NiftiStream.Open(headerPath);
            Span<byte> start = stackalloc byte[NiftiLayout.Nifti2.Size];
            var warnings = new List<string>();
            var header = NiftiHeader.Parse(start[..stream.ReadUpTo(start)], headerPath, warnings);
            double[] affine = NiftiAffine.Read(header, warnings);
            var order = AxisOrder.Closest(affine);
            string dataPath = header.IsPair ? ImageOfPair(header) : headerPath;
            return new NiftiSource(header, dataPath, order, order.Reorient(header.Sizes, affine), warnings);
        });
    }

    /// <summary>Opens an image to be read slice by slice; null where the file's planes are no axial slices.</summary>
    /// <exception cref="DataException">As for <see cref="ReadVolume"/>.</exception>
    public static ISlabReader? OpenSlabs(NiftiSource source) =>
        source.Order.Walk(source.Geometry).IsAxial(source.Geometry) ? new NiftiSlabs(source) : null;

    private static T[] ReadVoxels<T>(NiftiSource source, RowConverter<T> convert, string badVoxel)
        where T : unmanaged
    {
        using var rows = new NiftiRows<T>(source, convert, badVoxel);
        T[] voxels = VoxelMemory.Uninitialized<T>(source.Geometry.Voxels);
        rows.Read(rows.Count, voxels, 0);
        return voxels;
    }

    /// <summary>The other file of a pair: a.hdr for a.img, a.hdr.gz for a.img.gz; the path itself where its extension is another.</summary>
    private static string Sibling(string path, string extension, string other)
    {
        foreach (string gz in (string[])["", ".gz"])
        {
            if (path.EndsWith(extension + gz, StringComparison.OrdinalIgnoreCase))
                return path[..^(extension.Length + gz.Length)] + other + gz;
        }

        return path;
    }

    private static string ImageOfPair(NiftiHeader header)
    {
        string image = Sibling(header.Path, ".hdr", ".img");
        if (image == header.Path)
            throw header.Bad(header.Layout.Magic, 0, "says that the voxels are in an .img file, but this is no .hdr. Rename the pair.");
        string other = image.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? image[..^3] : image + ".gz";
        return File.Exists(image) ? image
            : File.Exists(other) ? other
            : throw new DataException($"{header.Path}: its voxels should be in {image}, which is missing. Put the .img beside the .hdr.");
    }

    /// <summary>Makes one kind of error out of what the file system and gzip throw.</summary>
    public static T Guard<T>(string path, Func<T> read)
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

    public static DataException Unreadable(string path, Exception e) => new($"{path}: cannot be read: {e.Message}", e);
}
