using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Smile.Host.Imaging.Nifti;

/// <summary>
/// Turns the stored bytes of one row, which it may change, into voxels. Returns the first voxel that has no place in the
/// result, with its value, or -1.
/// </summary>
internal delegate int RowConverter<T>(Span<byte> raw, Span<T> row, out double bad);

/// <summary>From the voxel types of a file to the two that Smile computes with: one generic loop a row, chosen once a file.</summary>
internal static class VoxelConversion
{
    /// <summary>How far arithmetic in float32, such as resampling to the same grid, leaves a whole number.</summary>
    private const double Rounding = 1e-3;

    /// <summary>To float32, scaled; a value that is not finite is bad.</summary>
    public static RowConverter<float> ToFloats(NiftiHeader header) => header.Datatype switch
    {
        NiftiDatatype.UInt8 => Floats<byte>(header),
        NiftiDatatype.Int8 => Floats<sbyte>(header),
        NiftiDatatype.Int16 => Floats<short>(header),
        NiftiDatatype.UInt16 => Floats<ushort>(header),
        NiftiDatatype.Int32 => Floats<int>(header),
        NiftiDatatype.UInt32 => Floats<uint>(header),
        NiftiDatatype.Int64 => Floats<long>(header),
        NiftiDatatype.UInt64 => Floats<ulong>(header),
        NiftiDatatype.Float32 => Floats<float>(header),
        _ => Floats<double>(header),
    };

    /// <summary>
    /// To labels, scaled; a value that is not a whole number 0 .. 255 is bad. A number that was one before it was written is taken for it:
    /// of stored
    /// whole numbers with a slope below 1, in which nibabel and others pack real labels, what lies within half a step of one; of real
    /// numbers, rounding.
    /// </summary>
    public static RowConverter<byte> ToLabels(NiftiHeader header) => header.Datatype switch
    {
        NiftiDatatype.UInt8 => Labels<byte>(header),
        NiftiDatatype.Int8 => Labels<sbyte>(header),
        NiftiDatatype.Int16 => Labels<short>(header),
        NiftiDatatype.UInt16 => Labels<ushort>(header),
        NiftiDatatype.Int32 => Labels<int>(header),
        NiftiDatatype.UInt32 => Labels<uint>(header),
        NiftiDatatype.Int64 => Labels<long>(header),
        NiftiDatatype.UInt64 => Labels<ulong>(header),
        NiftiDatatype.Float32 => Labels<float>(header),
        _ => Labels<double>(header),
    };

    /// <summary>Swaps the bytes of every number where the file's order is not this machine's.</summary>
    public static void ToNativeOrder(Span<byte> raw, int width, bool bigEndian)
    {
        if (width == 1 || bigEndian != BitConverter.IsLittleEndian)
            return;
        switch (width)
        {
            case 2:
                Span<ushort> shorts = MemoryMarshal.Cast<byte, ushort>(raw);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                Span<uint> words = MemoryMarshal.Cast<byte, uint>(raw);
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            default:
                Span<ulong> longs = MemoryMarshal.Cast<byte, ulong>(raw);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }

    private static RowConverter<float> Floats<T>(NiftiHeader header)
        where T : unmanaged, INumber<T>
    {
        (bool bigEndian, (double slope, double intercept)) = (header.BigEndian, header.Scaling);
        return (Span<byte> raw, Span<float> row, out double bad) =>
        {
            ToNativeOrder(raw, Unsafe.SizeOf<T>(), bigEndian);
            return Floats(MemoryMarshal.Cast<byte, T>(raw), row, slope, intercept, out bad);
        };
    }

    private static RowConverter<byte> Labels<T>(NiftiHeader header)
        where T : unmanaged, INumber<T>
    {
        (bool bigEndian, (double slope, double intercept)) = (header.BigEndian, header.Scaling);
        return (Span<byte> raw, Span<byte> row, out double bad) =>
        {
            ToNativeOrder(raw, Unsafe.SizeOf<T>(), bigEndian);
            return Labels(MemoryMarshal.Cast<byte, T>(raw), row, slope, intercept, out bad);
        };
    }

    private static int Floats<T>(ReadOnlySpan<T> raw, Span<float> row, double slope, double intercept, out double bad)
        where T : unmanaged, INumber<T>
    {
        if (slope == 1 && intercept == 0)
        {
            TensorPrimitives.ConvertTruncating(raw[..row.Length], row);
        }
        else
        {
            for (int i = 0; i < row.Length; i++)
                row[i] = (float)(double.CreateTruncating(raw[i]) * slope + intercept);
        }

        int at = TensorPrimitives.IsFiniteAll<float>(row) ? -1 : row.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        bad = at < 0 ? 0 : double.CreateTruncating(raw[at]) * slope + intercept;
        return at;
    }

    private static double Tolerance<T>(double slope, double intercept)
        where T : unmanaged, INumber<T>
    {
        double step = Math.Abs(slope);
        if (typeof(T) == typeof(float) || typeof(T) == typeof(double))
            return Rounding;
        if (slope == 1 && intercept == 0)
            return 0;
        // Half a step, a little more for the slope's own float32; some tools cut off instead of rounding, and lose a whole one of their
        // 2^16.
        return step < 1 ? Math.Max(step / 2 * (1 + 1e-5), 255.0 / (1 << 16)) : Rounding;
    }

    private static int Labels<T>(ReadOnlySpan<T> raw, Span<byte> row, double slope, double intercept, out double bad)
        where T : unmanaged, INumber<T>
    {
        double tolerance = Tolerance<T>(slope, intercept);
        for (int i = 0; i < row.Length; i++)
        {
            double value = double.CreateTruncating(raw[i]) * slope + intercept;
            row[i] = (byte)Math.Clamp(Math.Round(value), 0, 255);
            if (!(Math.Abs(value - row[i]) <= tolerance))
            {
                bad = value;
                return i;
            }
        }

        bad = 0;
        return -1;
    }
}
