using System.Runtime.InteropServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Tests.Simd;

/// <summary>
/// Every operation of a vector, lane by lane beside the same on single numbers: zeros of both signs, infinities and NaN among them.
/// </summary>
public sealed class LanesTests
{
    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void Arithmetic_is_that_of_single_numbers(int bits) =>
        On(bits, LanesChecks<Lanes512>.Arithmetic_is_that_of_single_numbers, LanesChecks<Lanes256>.Arithmetic_is_that_of_single_numbers,
            LanesChecks<Lanes128>.Arithmetic_is_that_of_single_numbers);

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void A_multiply_add_rounds_once_or_twice(int bits) =>
        On(bits, LanesChecks<Lanes512>.A_multiply_add_rounds_once_or_twice, LanesChecks<Lanes256>.A_multiply_add_rounds_once_or_twice,
            LanesChecks<Lanes128>.A_multiply_add_rounds_once_or_twice);

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void The_fast_maximum_is_one_of_both(int bits) =>
        On(bits, LanesChecks<Lanes512>.The_fast_maximum_is_one_of_both, LanesChecks<Lanes256>.The_fast_maximum_is_one_of_both,
            LanesChecks<Lanes128>.The_fast_maximum_is_one_of_both);

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void A_comparison_is_a_mask_or_chooses(int bits) =>
        On(bits, LanesChecks<Lanes512>.A_comparison_is_a_mask_or_chooses, LanesChecks<Lanes256>.A_comparison_is_a_mask_or_chooses,
            LanesChecks<Lanes128>.A_comparison_is_a_mask_or_chooses);

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void Bits_are_those_of_integers(int bits) =>
        On(bits, LanesChecks<Lanes512>.Bits_are_those_of_integers, LanesChecks<Lanes256>.Bits_are_those_of_integers,
            LanesChecks<Lanes128>.Bits_are_those_of_integers);

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void Each_lane_is_shifted_and_picked_by_its_own_number(int bits) =>
        On(bits, LanesChecks<Lanes512>.Each_lane_is_shifted_and_picked_by_its_own_number,
            LanesChecks<Lanes256>.Each_lane_is_shifted_and_picked_by_its_own_number,
            LanesChecks<Lanes128>.Each_lane_is_shifted_and_picked_by_its_own_number);

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void A_NaN_in_any_lane_is_seen(int bits) =>
        On(bits, LanesChecks<Lanes512>.A_NaN_in_any_lane_is_seen, LanesChecks<Lanes256>.A_NaN_in_any_lane_is_seen,
            LanesChecks<Lanes128>.A_NaN_in_any_lane_is_seen);

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void A_part_is_stored_and_no_more(int bits) =>
        On(bits, LanesChecks<Lanes512>.A_part_is_stored_and_no_more, LanesChecks<Lanes256>.A_part_is_stored_and_no_more,
            LanesChecks<Lanes128>.A_part_is_stored_and_no_more);

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void A_streamed_store_stores(int bits) =>
        On(bits, LanesChecks<Lanes512>.A_streamed_store_stores, LanesChecks<Lanes256>.A_streamed_store_stores,
            LanesChecks<Lanes128>.A_streamed_store_stores);

    private static void On(int bits, Action wide, Action middle, Action narrow) =>
        (bits switch { 512 => wide, 256 => middle, _ => narrow })();
}

/// <summary>The checks of one width.</summary>
file static unsafe class LanesChecks<T>
    where T : unmanaged, ILanes<T>
{
    private static readonly float[] _numbers =
        [0, -0f, 1, -1, 1.5f, -2.25f, 1e-40f, 3e38f, -3e38f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 7, 8388609];

    public static void Arithmetic_is_that_of_single_numbers()
    {
        Same((a, b) => a + b, (a, b) => a + b);
        Same((a, b) => a - b, (a, b) => a - b);
        Same((a, b) => a * b, (a, b) => a * b);
        Same((a, b) => a / b, (a, b) => a / b);
        Same(T.Max, MathF.Max);
    }

    public static void A_multiply_add_rounds_once_or_twice()
    {
        foreach (float c in _numbers)
        {
            Rounded(c, (a, b) => T.MultiplyAdd(a, b, T.All(c)));
            Rounded(c, (a, b) =>
            {
                float one = First(a);
                return T.MultiplyAdd(&one, b, T.All(c));
            });
        }

        static void Rounded(float c, Func<T, T, T> vector)
        {
            foreach ((float a, float b) in Pairs())
                foreach (float value in Numbers(vector(T.All(a), T.All(b))))
                    Assert.True(Bits(value) == Bits(MathF.FusedMultiplyAdd(a, b, c)) || Bits(value) == Bits(a * b + c),
                        $"{a} * {b} + {c} = {value}");
        }
    }

    public static void The_fast_maximum_is_one_of_both()
    {
        foreach ((float a, float b) in Pairs())
            foreach (float value in Numbers(T.MaxNative(T.All(a), T.All(b))))
                if (float.IsNaN(a) || float.IsNaN(b) || a == b)
                    Assert.Contains(Bits(value), (uint[])[Bits(a), Bits(b)]);
                else
                    Assert.Equal(Math.Max(a, b), value);
    }

    public static void A_comparison_is_a_mask_or_chooses()
    {
        Same(T.Equal, (a, b) => Mask(a == b));
        Same(T.Greater, (a, b) => Mask(a > b));
        Same(T.SameBits, (a, b) => Mask(Bits(a) == Bits(b)));
        T yes = T.All(5), no = T.All(-3);
        Same((a, b) => T.WhereEqual(a, b, yes, no), (a, b) => a == b ? 5 : -3);
        Same((a, b) => T.WhereGreater(a, b, yes, no), (a, b) => a > b ? 5 : -3);
        Same((a, b) => T.WhereLessOrEqual(a, b, yes, no), (a, b) => a <= b ? 5 : -3);
        Same((a, b) => T.WhereSameBits(a, b, yes, no), (a, b) => Bits(a) == Bits(b) ? 5 : -3);
        Same((a, b) => T.Choose(T.Greater(a, b), a, b), (a, b) => a > b ? a : b);
    }

    public static void Bits_are_those_of_integers()
    {
        Same((a, b) => a & b, (a, b) => Number(Bits(a) & Bits(b)));
        Same((a, b) => a | b, (a, b) => Number(Bits(a) | Bits(b)));
        Same((a, b) => a ^ b, (a, b) => Number(Bits(a) ^ Bits(b)));
        Same(T.AndNot, (a, b) => Number(Bits(a) & ~Bits(b)));
        Same(T.SubtractBits, (a, b) => Number(Bits(a) - Bits(b)));
        Same((a, _) => T.ShiftLeft(a, 9), (a, _) => Number(Bits(a) << 9));
        Same((a, _) => T.ShiftRight(a, 31), (a, _) => Number((uint)((int)Bits(a) >> 31)));
        Same((a, _) => T.ShiftRight(a, 23), (a, _) => Number((uint)((int)Bits(a) >> 23)));
        Same((a, _) => T.FromIntegers(a), (a, _) => (int)Bits(a));
        Assert.Equal(Enumerable.Repeat(Number(77u), T.Count), Numbers(T.AllBits(77)));
    }

    public static void Each_lane_is_shifted_and_picked_by_its_own_number()
    {
        int[] own = [.. Enumerable.Range(0, T.Count).Select(lane => (7 * lane + 3) % T.Count)];
        T numbers = Of([.. Enumerable.Range(0, T.Count).Select(lane => lane + 0.5f)]), indices = Of(own.Select(i => Number((uint)i)));
        Assert.Equal(own.Select(i => i + 0.5f), Numbers(T.Pick(numbers, indices)));
        Assert.Equal(own.Select(i => 3u << i), Numbers(T.ShiftLeft(T.AllBits(3), indices)).Select(Bits));
    }

    public static void A_NaN_in_any_lane_is_seen()
    {
        float[] numbers = new float[T.Count];
        Assert.False(T.HasNaN(Of(numbers)));
        for (int lane = 0; lane < T.Count; lane++)
        {
            float[] one = [.. numbers];
            one[lane] = float.NaN;
            Assert.True(T.HasNaN(Of(one)));
            one[lane] = float.PositiveInfinity;
            Assert.False(T.HasNaN(Of(one)));
        }
    }

    public static void A_part_is_stored_and_no_more()
    {
        T value = Of([.. Enumerable.Range(1, T.Count).Select(lane => (float)lane)]);
        float* to = stackalloc float[T.Count];
        for (int count = 0; count < T.Count; count++)
        {
            new Span<float>(to, T.Count).Fill(-1);
            T.StorePart(value, to, count);
            Assert.Equal(Enumerable.Range(1, T.Count).Select(lane => lane <= count ? lane : -1f), new Span<float>(to, T.Count).ToArray());
        }
    }

    public static void A_streamed_store_stores()
    {
        var to = (float*)NativeMemory.AlignedAlloc((nuint)T.Count * sizeof(float), 64);
        T.StoreStreamed(T.All(3), to);
        float[] stored = new Span<float>(to, T.Count).ToArray();
        NativeMemory.AlignedFree(to);
        Assert.Equal(Enumerable.Repeat(3f, T.Count), stored);
    }

    /// <summary>All pairs of the numbers, the same in every lane; bit by bit.</summary>
    private static void Same(Func<T, T, T> vector, Func<float, float, float> single)
    {
        foreach ((float a, float b) in Pairs())
            foreach (float value in Numbers(vector(T.All(a), T.All(b))))
                Assert.Equal(Bits(single(a, b)), Bits(value));
    }

    private static IEnumerable<(float A, float B)> Pairs() => from a in _numbers from b in _numbers select (a, b);

    private static T Of(IEnumerable<float> numbers)
    {
        fixed (float* from = numbers.ToArray())
            return T.Load(from);
    }

    private static float[] Numbers(T value)
    {
        float[] numbers = new float[T.Count];
        fixed (float* to = numbers)
            T.Store(value, to);
        return numbers;
    }

    private static float First(T value) => Numbers(value)[0];

    private static float Mask(bool set) => Number(set ? uint.MaxValue : 0);

    private static float Number(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);
}
