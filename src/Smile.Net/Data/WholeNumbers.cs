using System.Numerics;

namespace Smile.Net.Data;

/// <summary>Between float32 and 16-bit integers, bit by bit or not at all.</summary>
internal static class WholeNumbers
{
    /// <summary>The numbers as integers; null where one of them would not have the same bits when it comes back, as -0 would not.</summary>
    public static short[]? Of(ReadOnlySpan<float> numbers)
    {
        short[] whole = GC.AllocateUninitializedArray<short>(numbers.Length);
        int i = 0;
        for (; i <= numbers.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            Vector<float> first = new(numbers[i..]), second = new(numbers[(i + Vector<float>.Count)..]);
            Vector<short> both = Vector.Narrow(Vector.ConvertToInt32(first), Vector.ConvertToInt32(second));
            Vector.Widen(both, out Vector<int> low, out Vector<int> high);
            if (!Same(low, first) || !Same(high, second))
                return null;
            both.CopyTo(whole, i);
        }

        for (; i < numbers.Length; i++)
        {
            whole[i] = unchecked((short)(int)numbers[i]);
            if (BitConverter.SingleToInt32Bits(whole[i]) != BitConverter.SingleToInt32Bits(numbers[i]))
                return null;
        }

        return whole;
    }

    /// <summary>Back to float32, which holds each of them.</summary>
    public static void Widen(ReadOnlySpan<short> whole, Span<float> numbers)
    {
        int i = 0;
        for (; i <= whole.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(whole[i..]), out Vector<int> low, out Vector<int> high);
            Vector.ConvertToSingle(low).CopyTo(numbers[i..]);
            Vector.ConvertToSingle(high).CopyTo(numbers[(i + Vector<float>.Count)..]);
        }

        for (; i < whole.Length; i++)
            numbers[i] = whole[i];
    }

    private static bool Same(Vector<int> whole, Vector<float> numbers) =>
        Vector.EqualsAll(Vector.AsVectorInt32(Vector.ConvertToSingle(whole)), Vector.AsVectorInt32(numbers));
}
