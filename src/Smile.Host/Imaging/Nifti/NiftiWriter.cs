using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Prediction;

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

    /// <summary>Writes one label of a label map as a mask, 1 inside and 0 outside. Parameters and errors as for label maps.</summary>
    public static void WriteMask(string path, LabelMap labels, byte label, NiftiSource? source = null) =>
        Write(path, labels.Geometry, labels.Voxels, NiftiDatatype.UInt8, source, line =>
        {
            for (int i = 0; i < line.Length; i++)
                line[i] = line[i] == label ? (byte)1 : (byte)0;
        });

    /// <summary>Writes an image or a probability map as float32. Parameters and errors as for label maps.</summary>
    public static void Write(string path, Volume volume, NiftiSource? source = null) =>
        Write(path, volume.Geometry, volume.Voxels, NiftiDatatype.Float32, source);

    /// <summary>Writes an image as int16, as CT usually is: voxels are rounded, and clipped to what int16 holds.</summary>
    /// <param name="path">Ends in .nii or .nii.gz.</param>
    /// <param name="volume">In HU.</param>
    /// <param name="description">What the header says of it; at most 80 characters.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void WriteInt16(string path, Volume volume, string description = "")
    {
        var voxels = new short[volume.Voxels.Length];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = (short)Math.Clamp(MathF.Round(volume.Voxels[i]), short.MinValue, short.MaxValue);
        Write(path, volume.Geometry, voxels, NiftiDatatype.Int16, source: null, description: description);
    }

    /// <summary>Writes several volumes as float32, slice by slice as they come to be.</summary>
    /// <param name="paths">Of the volumes; each ends in .nii or .nii.gz.</param>
    /// <param name="geometry">Of all.</param>
    /// <param name="source">The image that they belong to.</param>
    /// <param name="produce">
    /// Is given what writes a slice. Slices come in the order of the source's slabs, or from the first to the last.
    /// </param>
    /// <param name="scratchBytes">
    /// Where the source's planes are no axial slices, the volumes wait beside the first of the files until they are whole; so many bytes of
    /// them are then in memory at a time.
    /// </param>
    /// <exception cref="DataException">A file cannot be written; none is left.</exception>
    public static void WriteSlices(IReadOnlyList<string> paths, Geometry geometry, NiftiSource? source, Action<ProbabilityVisitor> produce,
        int scratchBytes = 1 << 26)
    {
        AxisWalk walk = (source?.Order ?? AxisOrder.Ras).Walk(geometry);
        int pixels = geometry.Height * geometry.Width;
        if (!walk.IsAxial(geometry))
        {
            using var scratch = new SliceScratch(paths[0], paths.Count, geometry, source!.Order);
            produce(scratch.Write);
            for (int n = 0; n < paths.Count; n++)
                WriteTurned(paths[n], source.Header.For(NiftiDatatype.Float32), scratch, n,
                    Math.Max(1, scratchBytes / sizeof(float) / (walk.Size.I * walk.Size.J)));
            return;
        }

        NiftiHeader header = source?.Header.For(NiftiDatatype.Float32) ?? NiftiHeader.Create(geometry, NiftiDatatype.Float32);
        var files = new Stream[paths.Count];
        var line = new float[walk.Size.I];
        Open(0);

        void Open(int n)
        {
            if (n == paths.Count)
            {
                produce(WriteSlice);
                return;
            }

            WriteFile(paths[n], NiftiDatatype.Float32, file =>
            {
                WriteHeader(files[n] = file, header);
                Open(n + 1);
            });
        }

        void WriteSlice(int z, int n, ReadOnlySpan<float> slice)
        {
            int plane = walk.SliceOf(z);
            for (int row = plane * walk.Size.J; row < (plane + 1) * walk.Size.J; row++)
            {
                walk.Gather(row, slice, line, z * pixels);
                WriteRow(files[n], header, line);
            }
        }
    }

    private static void Write<T>(string path, Geometry geometry, T[] voxels, NiftiDatatype type, NiftiSource? source,
        Action<Span<T>>? change = null, string description = "")
        where T : unmanaged
    {
        if (source is not null && !source.Geometry.Matches(geometry))
            throw new ArgumentException($"The voxels do not lie on the grid of {source.Header.Path}.", nameof(source));

        NiftiHeader header = source?.Header.For(type) ?? NiftiHeader.Create(geometry, type, description);
        AxisWalk walk = (source?.Order ?? AxisOrder.Ras).Walk(geometry);
        WriteFile(path, type, file =>
        {
            WriteHeader(file, header);
            WriteRows(file, header, walk, voxels, change);
        });
    }

    /// <summary>Writes a volume of axial slices in planes of another direction, some of them at a time.</summary>
    private static void WriteTurned(string path, NiftiHeader header, SliceScratch scratch, int volume, int planesAtOnce) =>
        WriteFile(path, NiftiDatatype.Float32, file =>
    {
        WriteHeader(file, header);
        for (int k = 0; k < scratch.Planes; k += planesAtOnce)
        {
            (float[] voxels, AxisWalk walk) = scratch.Read(volume, k, Math.Min(planesAtOnce, scratch.Planes - k));
            WriteRows(file, header, walk, voxels);
        }
    });

    private static void WriteFile(string path, NiftiDatatype type, Action<Stream> write)
    {
        bool gzip = path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);
        if (!gzip && !path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase))
            throw new ConfigException($"{path}: volumes are written as .nii or .nii.gz. Give the file one of these extensions.");
        AtomicFile.Write(path, file =>
        {
            if (!gzip)
            {
                write(file);
                return;
            }

            // Measured: label maps get 2 to 3 times smaller at the default level; CT gets a third smaller in up to 6 times the time.
            var level = type == NiftiDatatype.UInt8 ? CompressionLevel.Optimal : CompressionLevel.Fastest;
            using var packed = new GZipStream(file, level, leaveOpen: true);
            write(packed);
        });
    }

    private static void WriteHeader(Stream file, NiftiHeader header)
    {
        file.Write(header.Bytes);
        file.Write([0, 0, 0, 0]); // no extensions
    }

    private static void WriteRows<T>(Stream file, NiftiHeader header, AxisWalk walk, T[] voxels, Action<Span<T>>? change = null)
        where T : unmanaged
    {
        var line = new T[walk.Size.I];
        for (int row = 0; row < walk.Rows; row++)
        {
            walk.Gather<T>(row, voxels, line);
            change?.Invoke(line);
            WriteRow(file, header, line);
        }
    }

    private static void WriteRow<T>(Stream file, NiftiHeader header, T[] line)
        where T : unmanaged
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(line.AsSpan());
        VoxelConversion.ToNativeOrder(bytes, Unsafe.SizeOf<T>(), header.BigEndian);
        file.Write(bytes);
    }
}
