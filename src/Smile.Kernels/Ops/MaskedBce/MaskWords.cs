namespace Smile.Kernels.Ops.MaskedBce;

/// <summary>
/// How masks are held: bit k of mask word w of a pixel speaks of organ 32 w + k. Of an image the first words of all pixels come first, then
/// the second ones: (Batch, words, Pixels).
/// </summary>
public static class MaskWords
{
    /// <summary>Bits of a word.</summary>
    public const int Bits = 32;

    /// <summary>Words of a pixel that has a bit for each of <paramref name="organs"/> organs.</summary>
    public static int Of(int organs) => (organs + Bits - 1) / Bits;
}
