using Smile.Net;

namespace Smile.Bench.Step;

/// <summary>What both sides learn from: images (N, H, W) and one word of organ bits and of known bits a pixel.</summary>
internal sealed record StepBatch(int Count, int Size, int Organs, float[] Images, uint[] IsOrgan, uint[] IsKnown)
{
    public int Pixels => Images.Length;

    public static StepBatch Random(int count, int size, int organs)
    {
        var rng = new Rng(11);
        int pixels = count * size * size;
        var batch = new StepBatch(count, size, organs, new float[pixels], new uint[pixels], new uint[pixels]);
        uint mask = (1u << organs) - 1;
        for (int p = 0; p < pixels; p++)
        {
            batch.Images[p] = (float)rng.Normal();
            batch.IsOrgan[p] = (uint)rng.NextBits() & mask;
            batch.IsKnown[p] = (uint)rng.NextBits() & mask;
        }

        return batch;
    }

    /// <summary>The same batch, each image value one unit in the last place up, down, or as it is.</summary>
    public StepBatch Nudged(ulong seed)
    {
        var rng = new Rng(seed);
        return this with
        {
            Images = [.. Images.Select(value => (rng.NextBits() % 3) switch
            {
                0 => MathF.BitDecrement(value),
                1 => MathF.BitIncrement(value),
                _ => value,
            })],
        };
    }
}
