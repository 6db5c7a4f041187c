using System.Runtime.InteropServices;
using Smile.Host.Imaging.Nifti;

namespace Smile.Host.Tests.Imaging.Nifti;

/// <summary>Rows long enough for vectors, of whatever bits.</summary>
public sealed class VoxelConversionTests
{
    private const int Length = 1 << 16;

    [Fact]
    public void Every_int16_becomes_the_float_that_it_is()
    {
        short[] stored = [.. Enumerable.Range(short.MinValue, Length).Select(value => (short)value)];
        Assert.Equal(stored.Select(value => (float)value), Converted(4, stored));
    }

    [Fact]
    public void Every_uint16_becomes_the_float_that_it_is()
    {
        ushort[] stored = [.. Enumerable.Range(0, Length).Select(value => (ushort)value)];
        Assert.Equal(stored.Select(value => (float)value), Converted(512, stored));
    }

    [Fact]
    public void Whole_numbers_of_more_bits_are_rounded_as_a_cast_rounds()
    {
        int[] ints = Random<int>();
        uint[] words = Random<uint>();
        long[] longs = Random<long>();
        ulong[] large = Random<ulong>();
        Assert.Equal(ints.Select(value => (float)value), Converted(8, ints));
        Assert.Equal(words.Select(value => (float)value), Converted(768, words));
        Assert.Equal(longs.Select(value => (float)value), Converted(1024, longs));
        Assert.Equal(large.Select(value => (float)value), Converted(1280, large));
    }

    [Fact]
    public void A_double_is_rounded_to_the_nearest_float()
    {
        double[] stored = [.. Random<long>().Select(value => value * 1e-13)];
        Assert.Equal(stored.Select(value => (float)value), Converted(64, stored));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(Length - 1)]
    public void The_first_value_that_is_not_finite_is_named(int at)
    {
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            float[] stored = [.. Enumerable.Range(0, Length).Select(i => i == at || i == Length - 1 ? bad : i)];
            int found = Convert(16, stored, new float[Length], out double value);
            Assert.Equal((at, (double)bad), (found, value));
        }
    }

    private static float[] Converted<T>(int datatype, T[] stored)
        where T : unmanaged
    {
        var row = new float[stored.Length];
        Assert.Equal(-1, Convert(datatype, stored, row, out _));
        return row;
    }

    private static int Convert<T>(int datatype, T[] stored, float[] row, out double bad)
        where T : unmanaged
    {
        byte[] header = new NiftiBytes { Datatype = datatype }.Header(352);
        var convert = VoxelConversion.ToFloats(NiftiHeader.Parse(header, "a.nii", []));
        return convert(MemoryMarshal.AsBytes(stored.AsSpan()), row, out bad);
    }

    private static T[] Random<T>()
        where T : unmanaged
    {
        var values = new T[Length];
        new Random(1).NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
