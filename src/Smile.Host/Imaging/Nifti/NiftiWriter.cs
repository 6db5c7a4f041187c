using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Nifti;

/// <summary>
/// Writes .nii and .nii.gz. With a source: on that file's grid and axis order, with its header but for voxel type and scaling.
/// Without: NIfTI-1, RAS+, qform and sform alike, millimetres.
/// </summary>
internal static class NiftiWriter
{
    /// <summary>Writes a label map as uint8.</summary>
    /// <param name="path">Ends in .nii or .nii.gz.</param>
    /// <param name="labels">(z, y, x), on the source's geometry where there is one.</param>
    /// <param name="source">The image that it belongs to.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(string path, LabelMap labels, NiftiSource? source = null) =>
        Write(path, labels.Geometry, labels.Voxels, NiftiDatatype.UInt8, source);

    /// <summary>Writes an image or a probability map as float32. Parameters and errors as for label maps.</summary>
    public static void Write(string path, Volume volume, NiftiSource? source = null) =>
        Write(path, volume.Geometry, volume.Voxels, NiftiDatatype.Float32, source);

    /// <summary>Writes an image as int16, as CT usually is: voxels are rounded, and clipped to what int16 holds.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void WriteInt16(string path, Volume volume)
    {
        var voxels = new short[volume.Voxels.Length];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = (short)Math.Clamp(MathF.Round(volume.Voxels[i]), short.MinValue, short.MaxValue);
        Write(path, volume.Geometry, voxels, NiftiDatatype.Int16, source: null);
    }

    private static void Write<T>(string path, Geometry geometry, T[] voxels, NiftiDatatype type, NiftiSource? source)
        where T : unmanaged
    {
        bool gzip = path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);
        if (!gzip && !path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase))
            throw new ConfigException($"{path}: volumes are written as .nii or .nii.gz. Give the file one of these extensions.");
        if (source is not null && !source.Geometry.Matches(geometry))
            throw new ArgumentException($"The voxels do not lie on the grid of {source.Header.Path}.", nameof(source));

        NiftiHeader header = source?.Header.For(type) ?? NiftiHeader.Create(geometry, type);
        AxisWalk walk = (source?.Order ?? AxisOrder.Ras).Walk(geometry);
        AtomicFile.Write(path, file =>
        {
            if (!gzip)
            {
                WriteVoxels(file, header, walk, voxels);
                return;
            }

            // Measured: label maps get 2 to 3 times smaller at the default level; CT gets a third smaller in up to 6 times the time.
            var level = type == NiftiDatatype.UInt8 ? CompressionLevel.Optimal : CompressionLevel.Fastest;
            using var packed = new GZipStream(file, level, leaveOpen: true);
            WriteVoxels(packed, header, walk, voxels);
        });
    }

    private static void WriteVoxels<T>(Stream stream, NiftiHeader header, AxisWalk walk, T[] voxels)
        where T : unmanaged
    {
        stream.Write(header.Bytes);
        stream.Write([0, 0, 0, 0]); // no extensions
        var line = new T[walk.Size.I];
        Span<byte> bytes = MemoryMarshal.AsBytes(line.AsSpan());
        for (int row = 0; row < walk.Rows; row++)
        {
            walk.Gather(row, voxels, line);
            VoxelConversion.ToNativeOrder(bytes, Unsafe.SizeOf<T>(), header.BigEndian);
            stream.Write(bytes);
        }
    }
}
