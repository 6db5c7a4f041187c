using ILGPU;
using Smile.Kernels.Gpu;

namespace Smile.Ladder.Rungs;

/// <summary>Tiles of float4s in shared memory.</summary>
internal static class Float4Columns
{
    /// <summary>Writes a float4 of the depth down a column: one word in each of four rows.</summary>
    /// <param name="tile">Rows of float4s.</param>
    /// <param name="float4">Where the first of the four rows starts.</param>
    /// <param name="pitch">Float4s of a row.</param>
    /// <param name="word">The word of each row.</param>
    /// <param name="values">What is written.</param>
    public static void Store(ArrayView<Float4> tile, int float4, int pitch, int word, Float4 values)
    {
        ArrayView<float> words = tile.Cast<float>();
        int at = 4 * float4 + word;
        words[at] = values.X;
        words[at + 4 * pitch] = values.Y;
        words[at + 8 * pitch] = values.Z;
        words[at + 12 * pitch] = values.W;
    }
}
