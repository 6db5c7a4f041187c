namespace Smile.Kernels.Memory;

/// <summary>Division of counts into groups.</summary>
internal static class Integers
{
    /// <summary>How many groups of <paramref name="size"/> hold <paramref name="count"/>: count / size, rounded up.</summary>
    public static int CeilingDivide(int count, int size) => (int)(((long)count + size - 1) / size);

    /// <inheritdoc cref="CeilingDivide(int, int)"/>
    public static long CeilingDivide(long count, long size) => (count + size - 1) / size;

    /// <summary>The next multiple of <paramref name="size"/>, or <paramref name="count"/> itself.</summary>
    public static int RoundUp(int count, int size) => CeilingDivide(count, size) * size;
}
