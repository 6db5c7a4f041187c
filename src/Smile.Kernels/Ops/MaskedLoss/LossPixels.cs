using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.MaskedLoss;

/// <summary>The operands of a masked loss, cut into chunks of neighbouring pixels of one image.</summary>
internal readonly unsafe struct LossBatch(MaskedLossShape shape, float* logits, uint* isOrgan, uint* isKnown, uint* annotated)
{
    private const int ChunkPixels = 4096;

    public readonly MaskedLossShape Shape = shape;
    private readonly int _chunksAnImage = Integers.CeilingDivide(shape.Pixels, ChunkPixels);

    public int Chunks => Shape.Batch * _chunksAnImage;

    /// <summary>The organs that are annotated in the chunk's image.</summary>
    public uint Annotated(int chunk) => annotated[chunk / _chunksAnImage];

    public LossPixels Pixels(int chunk)
    {
        int within = chunk % _chunksAnImage * ChunkPixels;
        nint first = (nint)(chunk / _chunksAnImage) * Shape.Pixels + within, word = first * Shape.Organs;
        return new LossPixels(logits + word, isOrgan + first, isKnown + first, Math.Min(ChunkPixels, Shape.Pixels - within), word);
    }
}

/// <summary>Neighbouring pixels.</summary>
internal readonly unsafe struct LossPixels(float* logits, uint* isOrgan, uint* isKnown, int count, nint firstWord)
{
    public readonly float* Logits = logits;
    public readonly uint* IsOrgan = isOrgan, IsKnown = isKnown;
    public readonly int Count = count;

    /// <summary>Where their logits lie in the tensor.</summary>
    public readonly nint FirstWord = firstWord;
}

/// <summary>
/// Groups of as many pixels as a vector has lanes: their logits are Organs whole vectors, and lane l of vector v always holds pixel
/// (v * lanes + l) / Organs of the group and organ (v * lanes + l) % Organs. So one shuffle brings each lane its pixel's mask word, one
/// shift its organ's bit to the top, and each lane has its own sums and factors.
/// </summary>
internal readonly unsafe struct OrganLanes<T>
    where T : unmanaged, ILanes<T>
{
    /// <summary>
    /// Vectors whose exponentials are computed first, then the rest of the loss: short chains of instructions, which a processor overlaps.
    /// </summary>
    private const int BlockVectors = 32;

    private const int LineWords = 16;

    private readonly int _organs;
    private readonly float* _edge;

    /// <summary>A lane's pixel of the group, and what brings its organ's bit to the top of a mask word: integers.</summary>
    public readonly float* Pixel, Shift;

    /// <summary>Room for a block of vectors each.</summary>
    public readonly float* Signed, Powers;

    /// <summary>Room for some numbers of each lane, zeros.</summary>
    public readonly float* Table;

    /// <param name="organs">Organs.</param>
    /// <param name="room">Where all this is kept, <see cref="RoomWords"/>.</param>
    /// <param name="tables">Numbers of a lane.</param>
    public OrganLanes(int organs, float* room, int tables)
    {
        int lanes = T.Count * organs;
        _organs = organs;
        Pixel = (float*)(((nuint)room + LineWords * sizeof(float) - 1) & ~(nuint)(LineWords * sizeof(float) - 1));
        Shift = Pixel + lanes;
        Table = Shift + lanes;
        Signed = Table + tables * lanes;
        Powers = Signed + BlockVectors * T.Count;
        _edge = Powers + BlockVectors * T.Count;
        new Span<float>(Table, tables * lanes).Clear();
        for (int pixel = 0, i = 0; pixel < T.Count; pixel++)
            for (int organ = 0; organ < organs; organ++, i++)
                (((int*)Pixel)[i], ((int*)Shift)[i]) = (pixel, 31 - organ);
    }

    /// <summary>Vectors of a group, in words.</summary>
    public int GroupWords => T.Count * _organs;

    /// <summary>Words of the room: tables, two blocks, mask words, logits and gradients of the last group, and to align.</summary>
    public static int RoomWords(int organs, int tables) => ((4 + tables) * organs + 2 * BlockVectors + 2) * T.Count + LineWords;

    /// <summary>
    /// Runs a pass over the pixels, a block of whole groups at a time; the last group is copied, and the pixels that are not there are not
    /// known.
    /// </summary>
    public void Run<TPass>(in TPass pass, in LossPixels pixels, float* gradient)
        where TPass : struct, ILossPass
    {
        int whole = pixels.Count / T.Count * T.Count, block = BlockVectors / _organs * T.Count, rest = pixels.Count - whole;
        float* logits = pixels.Logits;
        for (int pixel = 0, taken; pixel < whole; pixel += taken, logits += taken * _organs)
        {
            taken = Math.Min(block, whole - pixel);
            pass.Groups<Yes>(logits, pixels.IsOrgan + pixel, pixels.IsKnown + pixel, taken, gradient);
            if (gradient != null)
                gradient += taken * _organs;
        }

        if (rest == 0)
            return;
        uint* organ = (uint*)_edge, known = organ + T.Count;
        float* z = (float*)known + T.Count, dz = z + GroupWords;
        for (int i = 0; i < T.Count; i++)
            (organ[i], known[i]) = i < rest ? (pixels.IsOrgan[whole + i], pixels.IsKnown[whole + i]) : (0, 0);
        for (int i = 0; i < GroupWords; i++)
            z[i] = i < rest * _organs ? logits[i] : 0;
        pass.Groups<No>(z, organ, known, T.Count, dz);
        for (int i = 0; gradient != null && i < rest * _organs; i++)
            gradient[i] = dz[i];
    }
}

/// <summary>What is done with each block of groups.</summary>
internal unsafe interface ILossPass
{
    /// <param name="logits">Of the pixels.</param>
    /// <param name="isOrgan">Their labels.</param>
    /// <param name="isKnown">What is known of them.</param>
    /// <param name="pixels">Whole groups, at most a block.</param>
    /// <param name="gradient">Where the gradient goes, if it is wanted.</param>
    /// <typeparam name="TInPlace">Whether that is the tensor itself.</typeparam>
    void Groups<TInPlace>(float* logits, uint* isOrgan, uint* isKnown, int pixels, float* gradient)
        where TInPlace : struct, IChoice;
}
