using ILGPU;
using Smile.Kernels.Gpu;

namespace Smile.Ladder.Rungs;

/// <summary>Tiles of quads in shared memory.</summary>
internal static class Quads
{
    /// <summary>Writes a quad of the depth down a column: one word in each of four rows.</summary>
    /// <param name="tile">Rows of quads.</param>
    /// <param name="quad">Where the first of the four rows starts.</param>
    /// <param name="pitch">Quads of a row.</param>
    /// <param name="word">The word of each row.</param>
    /// <param name="values">What is written.</param>
    public static void PutColumn(ArrayView<Float4> tile, int quad, int pitch, int word, Float4 values)
    {
        ArrayView<float> words = tile.Cast<float>();
        int at = 4 * quad + word;
        words[at] = values.X;
        words[at + 4 * pitch] = values.Y;
        words[at + 8 * pitch] = values.Z;
        words[at + 12 * pitch] = values.W;
    }
}
