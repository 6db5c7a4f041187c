using System.Buffers.Binary;
using System.Text;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Nifti;

/// <summary>
/// A NIfTI-1 or NIfTI-2 header: its bytes as they came, and what they say. The bytes are kept so that a label map written
/// for an image carries the image's own orientation fields, bit for bit.
/// </summary>
internal sealed class NiftiHeader
{
    /// <summary>The largest size along an axis: NIfTI-1 cannot say more, and no scanner makes it.</summary>
    public const int MaxSize = short.MaxValue;

    /// <summary>The description by which the images of <c>smile phantom</c> are known.</summary>
    public const string Phantom = "phantom drawn by smile: no patient";

    private const int DescriptionBytes = 80;

    private readonly byte[] _bytes;

    private NiftiHeader(byte[] bytes, NiftiLayout layout, bool bigEndian, string path) =>
        (_bytes, Layout, BigEndian, Path) = (bytes, layout, bigEndian, path);

    public NiftiLayout Layout { get; }

    public bool BigEndian { get; }

    /// <summary>The file it came from, for messages.</summary>
    public string Path { get; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>True where the voxels are in an .img file of their own.</summary>
    public bool IsPair => Magic.SequenceEqual(Layout.PairMagic);

    /// <summary>Voxels along the file's axes (i, j, k).</summary>
    public int[] Sizes { get; private set; } = [];

    public NiftiDatatype Datatype { get; private set; }

    /// <summary>HU = Slope * stored + Intercept; 1 and 0 where the header says that there is no scaling.</summary>
    public (double Slope, double Intercept) Scaling { get; private set; }

    /// <summary>The byte at which the voxels start.</summary>
    public long VoxelOffset { get; private set; }

    /// <summary>What the program that wrote the file says of it.</summary>
    public string Description
    {
        get
        {
            ReadOnlySpan<byte> text = _bytes.AsSpan(Layout.Description.Offset, DescriptionBytes);
            int end = text.IndexOf((byte)0);
            return Encoding.Latin1.GetString(end < 0 ? text : text[..end]);
        }

        private set
        {
            Span<byte> text = _bytes.AsSpan(Layout.Description.Offset, DescriptionBytes);
            text.Clear();
            Encoding.Latin1.GetBytes(value, text);
        }
    }

    private ReadOnlySpan<byte> Magic => _bytes.AsSpan(Layout.Magic.Offset, Layout.SingleMagic.Length);

    /// <summary>A number of the header, as the file has it.</summary>
    public double this[NiftiField field, int index = 0]
    {
        get => field.IsReal ? Real(field, index) : Whole(field, index);
        private set => Put(field, index, value);
    }

    /// <summary>
    /// Reads a header from the first bytes of a file (540 are enough; fewer where the file is shorter).
    /// <paramref name="warnings"/> collects what is wrong and does no harm.
    /// </summary>
    /// <exception cref="DataException">Not a NIfTI header, or one that cannot be read here.</exception>
    public static NiftiHeader Parse(ReadOnlySpan<byte> start, string path, List<string> warnings)
    {
        if (start.Length < 4)
            throw new DataException($"{path}: {start.Length} bytes long; a NIfTI header has at least 348. Copy or export the file again.");
        int little = BinaryPrimitives.ReadInt32LittleEndian(start), big = BinaryPrimitives.ReadInt32BigEndian(start);
        (NiftiLayout? layout, bool bigEndian) = (little, big) switch
        {
            (348, _) => (NiftiLayout.Nifti1, false),
            (_, 348) => (NiftiLayout.Nifti1, true),
            (540, _) => (NiftiLayout.Nifti2, false),
            (_, 540) => (NiftiLayout.Nifti2, true),
            _ => ((NiftiLayout?)null, false),
        };
        if (layout is null)
            throw new DataException($"{path}: sizeof_hdr (offset 0) is neither 348 nor 540: not a NIfTI file. Convert it to .nii.gz.");
        if (start.Length < layout.Size)
            throw new DataException($"{path}: ends at byte {start.Length}, inside its header of {layout.Size}. Copy or export it again.");
        var header = new NiftiHeader(start[..layout.Size].ToArray(), layout, bigEndian, path);
        header.Interpret(warnings);
        return header;
    }

    /// <summary>A NIfTI-1 header, little-endian, for voxels that come from no file; mm, RAS+ frame.</summary>
    /// <param name="geometry">The grid.</param>
    /// <param name="type">Of the voxels.</param>
    /// <param name="description">At most 80 characters of Latin-1.</param>
    public static NiftiHeader Create(Geometry geometry, NiftiDatatype type, string description = "")
    {
        var layout = NiftiLayout.Nifti1;
        int[] sizes = [geometry.Width, geometry.Height, geometry.Depth];
        if (sizes.Max() > MaxSize)
            throw new ArgumentException($"{sizes.Max()} voxels along an axis; NIfTI-1 holds at most {MaxSize}.", nameof(geometry));
        var header = new NiftiHeader(new byte[layout.Size], layout, bigEndian: false, path: "")
        {
            Sizes = sizes,
        };
        BinaryPrimitives.WriteInt32LittleEndian(header._bytes, layout.Size);
        double[] dim = [3, .. sizes, 1, 1, 1, 1];
        for (int i = 0; i < dim.Length; i++)
            header[layout.Dim, i] = dim[i];
        header[layout.Units] = 2;
        NiftiAffine.Write(geometry, (field, index, value) => header[field, index] = value);
        header = header.For(type);
        header.Description = description;
        return header;
    }

    /// <summary>
    /// This header for other voxels on the same grid: a single file, unscaled, without extensions. Orientation, sizes and
    /// units stay as they are.
    /// </summary>
    public NiftiHeader For(NiftiDatatype type)
    {
        var copy = new NiftiHeader([.. _bytes], Layout, BigEndian, Path)
        {
            Sizes = Sizes,
            Datatype = type,
            Scaling = (1, 0),
            VoxelOffset = Layout.Size + 4,
        };
        Layout.SingleMagic.CopyTo(copy._bytes.AsSpan(Layout.Magic.Offset));
        copy[Layout.Datatype] = (int)type;
        copy[Layout.Bitpix] = 8 * type.Size();
        copy[Layout.VoxOffset] = copy.VoxelOffset;
        copy[Layout.Slope] = 1;
        copy[Layout.Intercept] = 0;
        // What is made of a phantom is no phantom image.
        if (copy.Description == Phantom)
            copy.Description = "";
        // The image's display window would hide a label map.
        copy[Layout.CalMax] = 0;
        copy[Layout.CalMin] = 0;
        return copy;
    }

    /// <summary>An error that names the file, the field and its byte offset.</summary>
    public DataException Bad(NiftiField field, int index, string problem) =>
        new($"{Path}: {field.Element(index)} (offset {field.At(index)}): {problem}");

    private void Interpret(List<string> warnings)
    {
        if (!Magic.SequenceEqual(Layout.SingleMagic) && !Magic.SequenceEqual(Layout.PairMagic))
        {
            string what = Magic.IndexOfAnyExcept((byte)0) < 0
                ? "empty: an Analyze 7.5 header, which does not say where left and right are"
                : $"0x{Convert.ToHexString(Magic)} is not a NIfTI magic";
            throw Bad(Layout.Magic, 0, $"{what}. Convert the file to NIfTI-1.");
        }

        Sizes = ReadSizes();
        Datatype = ReadDatatype(warnings);
        Scaling = ReadScaling();
        VoxelOffset = ReadVoxelOffset();
    }

    private int[] ReadSizes()
    {
        double axes = this[Layout.Dim];
        if (axes is not (>= 2 and <= 7))
            throw Bad(Layout.Dim, 0, $"{axes} axes; an image has 3. Export it as a 3-D volume.");
        int[] sizes = [1, 1, 1];
        for (int axis = 1; axis <= axes; axis++)
        {
            double size = this[Layout.Dim, axis];
            if (size is not (>= 1 and <= MaxSize))
                throw Bad(Layout.Dim, axis, $"{size} voxels; 1 to {MaxSize} are possible. The header is damaged.");
            if (axis <= 3)
                sizes[axis - 1] = (int)size;
            else if (size > 1)
                throw Bad(Layout.Dim, axis, $"{size} volumes in one file; one is wanted. Split it into 3-D files.");
        }

        long voxels = (long)sizes[0] * sizes[1] * sizes[2];
        if (voxels > Array.MaxLength)
        {
            throw Bad(Layout.Dim, 1, $"{sizes[0]} x {sizes[1]} x {sizes[2]} voxels; at most {Array.MaxLength} are possible. "
                + "Crop or resample the volume.");
        }

        return sizes;
    }

    private NiftiDatatype ReadDatatype(List<string> warnings)
    {
        int code = (int)this[Layout.Datatype];
        var type = (NiftiDatatype)code;
        if (!Enum.IsDefined(type))
            throw Bad(Layout.Datatype, 0, $"{code} ({NiftiDatatypes.Name(code)}) is not supported. Save it as an integer or a real type.");
        int bits = 8 * type.Size();
        if (this[Layout.Bitpix] != bits)
            warnings.Add($"{Path}: bitpix (offset {Layout.Bitpix.Offset}) is {this[Layout.Bitpix]}, {type} has {bits}; datatype counts.");
        return type;
    }

    /// <summary>A slope of 0 means no scaling (nifti1.h); NaN is what some converters write for the same.</summary>
    private (double Slope, double Intercept) ReadScaling()
    {
        double slope = this[Layout.Slope], intercept = this[Layout.Intercept];
        if (slope == 0 || !double.IsFinite(slope))
            return (1, 0);
        if (!double.IsFinite(intercept))
            throw Bad(Layout.Intercept, 0, $"{intercept} beside scl_slope {slope}. Correct the header.");
        return (slope, intercept);
    }

    private long ReadVoxelOffset()
    {
        double offset = this[Layout.VoxOffset];
        int least = IsPair ? 0 : Layout.Size;
        // 2^53: beyond it a double has no room for every whole number, and no disk for the file.
        if (!(offset >= least && offset < 1L << 53) || offset != Math.Floor(offset))
            throw Bad(Layout.VoxOffset, 0, $"{offset}; a whole number of at least {least} is wanted. The header is damaged.");
        return (long)offset;
    }

    private double Real(NiftiField field, int index)
    {
        ReadOnlySpan<byte> at = _bytes.AsSpan(field.At(index), field.Width);
        return field.Width == 4
            ? BigEndian ? BinaryPrimitives.ReadSingleBigEndian(at) : BinaryPrimitives.ReadSingleLittleEndian(at)
            : BigEndian ? BinaryPrimitives.ReadDoubleBigEndian(at) : BinaryPrimitives.ReadDoubleLittleEndian(at);
    }

    private long Whole(NiftiField field, int index)
    {
        ReadOnlySpan<byte> at = _bytes.AsSpan(field.At(index), field.Width);
        return field.Width switch
        {
            1 => at[0],
            2 => BigEndian ? BinaryPrimitives.ReadInt16BigEndian(at) : BinaryPrimitives.ReadInt16LittleEndian(at),
            4 => BigEndian ? BinaryPrimitives.ReadInt32BigEndian(at) : BinaryPrimitives.ReadInt32LittleEndian(at),
            _ => BigEndian ? BinaryPrimitives.ReadInt64BigEndian(at) : BinaryPrimitives.ReadInt64LittleEndian(at),
        };
    }

    private void Put(NiftiField field, int index, double value)
    {
        Span<byte> at = _bytes.AsSpan(field.At(index), field.Width);
        long bits = (field.IsReal, field.Width) switch
        {
            (true, 4) => BitConverter.SingleToInt32Bits((float)value),
            (true, _) => BitConverter.DoubleToInt64Bits(value),
            _ => (long)value,
        };
        for (int i = 0; i < at.Length; i++)
            at[BigEndian ? at.Length - 1 - i : i] = (byte)(bits >> (8 * i));
    }
}
