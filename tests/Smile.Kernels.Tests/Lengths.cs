namespace Smile.Kernels.Tests;

/// <summary>
/// Element-wise operations are tested at each length from 0 to here: past two of the widest unrolled steps, with every tail.
/// </summary>
internal static class Lengths
{
    public const int Most = 131;
}
