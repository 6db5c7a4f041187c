using ILGPU;

namespace Smile.Kernels.Gpu;

/// <summary>The elements of a thread of an element-wise kernel. Compared as unsigned: in the last group the index may pass 2^31.</summary>
internal static class Element
{
    public static int Single => Grid.IdxX * Group.DimX + Group.IdxX;

    public static int FirstOfFour => 4 * Single;

    public static bool IsInside(int at, int length) => (uint)at < (uint)length;
}
