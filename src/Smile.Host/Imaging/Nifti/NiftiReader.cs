using System.Buffers;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Nifti;

/// <summary>
/// Reads NIfTI-1 and NIfTI-2: .nii, .nii.gz, and .hdr with .img, in either byte order, any integer or real voxel type, any of
/// the 48 axis orders. Voxels come in the orientation closest to RAS+; one pass over the file, no copy in between.
/// </summary>
internal static class NiftiReader
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Reads an image in HU (scl_slope and scl_inter applied), (z, y, x).</summary>
    /// <exception cref="DataException">Damaged or unsupported; names the file, the field or voxel, and the byte offset.</exception>
    public static (Volume Volume, NiftiSource Source) ReadVolume(string path)
    {
        NiftiSource source = ReadHeader(path);
        float[] voxels = ReadVoxels(source, VoxelConversion.ToFloats(source.Header), "is not a finite float32. Repair the image.");
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
            return new NiftiSource(header, dataPath, stream.IsGzip, order, order.Reorient(header.Sizes, affine), warnings);
        });
    }

    private static T[] ReadVoxels<T>(NiftiSource source, RowConverter<T> convert, string badVoxel)
        where T : unmanaged => Guard(source.DataPath, () =>
    {
        NiftiHeader header = source.Header;
        AxisWalk walk = source.Order.Walk(source.Geometry);
        int size = header.Datatype.Size(), rowBytes = walk.Size.I * size;
        long length = header.VoxelOffset + (long)walk.Rows * rowBytes;

        using NiftiStream stream = NiftiStream.Open(source.DataPath);
        stream.Demand(length);
        stream.Skip(header.VoxelOffset, length);
        T[] voxels = VoxelMemory.Uninitialized<T>(source.Geometry.Voxels), line = new T[walk.Size.I];
        int rowsAtOnce = Math.Clamp(ChunkBytes / rowBytes, 1, walk.Rows);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(rowsAtOnce * rowBytes);
        long position = header.VoxelOffset;
        for (int first = 0; first < walk.Rows; first += rowsAtOnce)
        {
            int rows = Math.Min(rowsAtOnce, walk.Rows - first);
            stream.ReadExactly(chunk.AsSpan(0, rows * rowBytes), position, length);
            for (int row = first; row < first + rows; row++, position += rowBytes)
            {
                // A row along x goes straight to its place, and is turned round there where x runs the other way.
                int at = walk.First(row);
                Span<T> target = walk.Step.I switch
                {
                    1 => voxels.AsSpan(at, walk.Size.I),
                    -1 => voxels.AsSpan(at - walk.Size.I + 1, walk.Size.I),
                    _ => line,
                };
                int bad = convert(chunk.AsSpan((row - first) * rowBytes, rowBytes), target, out double value);
                if (bad >= 0)
                {
                    (int y, int z) = (row % walk.Size.J, row / walk.Size.J);
                    string where = $"voxel (z {z}, y {y}, x {bad}) in the file's axis order (offset {position + bad * size})";
                    throw new DataException($"{source.DataPath}: {where}: {value} {badVoxel}");
                }

                if (walk.Step.I == -1)
                    target.Reverse();
                else if (walk.Step.I != 1)
                    walk.Scatter(row, line, voxels);
            }
        }

        ArrayPool<byte>.Shared.Return(chunk);
        stream.Finish();
        return voxels;
    });

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
    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DataException($"{path}: cannot be read: {e.Message}", e);
        }
    }
}
