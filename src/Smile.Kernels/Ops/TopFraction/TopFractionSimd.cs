using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.TopFraction;

/// <summary><see cref="ITopFraction"/> on vectors and all cores.</summary>
internal sealed unsafe class TopFractionSimd(SimdContext context) : IDisposable
{
    private readonly NativeScratch<uint> _counts = new();

    public void Compute(in TopFractionShape shape, Place scores, Place candidates, Place selected, Place summary)
    {
        shape.Validate(scores, candidates, selected, summary);
        float* score = context.Memory.Pointer(scores);
        uint* candidate = (uint*)context.Memory.Pointer(candidates), chosen = (uint*)context.Memory.Pointer(selected),
            counts = (uint*)context.Memory.Pointer(summary);
        int chunks = KeyCountJob.Chunks(shape.Length);
        uint* parts = _counts.Allocate((long)chunks * KeyCountJob.Buckets);

        // The threshold key, 11 or 10 bits at a time from the top: a digit is the one in whose bucket the last selected element falls.
        uint prefix = 0;
        long left = 0, total = 0;
        for (int shift = 32; shift > 0;)
        {
            int bits = Math.Min(shift, KeyCountJob.DigitBits);
            shift -= bits;
            var job = new KeyCountJob(score, candidate, shape.Length, prefix, shift, bits, parts);
            context.Pool.Run(chunks, job);
            context.Pool.Run(KeyCountJob.Buckets / KeySumJob.Width, new KeySumJob(parts, chunks));
            if (total == 0)
            {
                for (int digit = 0; digit < 1 << bits; digit++)
                    total += parts[digit];
                left = shape.SelectedOf(total);
                (counts[0], counts[1]) = ((uint)total, (uint)left);
                if (left == 0)
                {
                    new Span<uint>(chosen, shape.Length).Clear();
                    return;
                }
            }

            int at = (1 << bits) - 1;
            for (; parts[at] < left; at--)
                left -= parts[at];
            prefix = prefix << bits | (uint)at;
        }

        // Of the elements at the threshold the first `left` are selected: each chunk must know how many lie before it.
        context.Pool.Run(chunks, new TieCountJob(score, candidate, shape.Length, prefix, parts));
        uint before = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
            (parts[chunk], before) = (before, before + parts[chunk]);
        context.Pool.Run(chunks, new SelectJob(score, candidate, shape.Length, prefix, (uint)left, parts, chosen));
    }

    public void Dispose() => _counts.Dispose();
}

/// <summary>counts[chunk, digit] = candidates of the chunk whose key begins with the prefix and goes on with the digit.</summary>
internal readonly unsafe struct KeyCountJob(float* scores, uint* candidates, int length, uint prefix, int shift, int bits,
    uint* counts) : IJob
{
    public const int DigitBits = 11, Buckets = 1 << DigitBits;

    public const int ChunkWords = 1 << 16;

    public static int Chunks(int length) => Integers.CeilingDivide(length, ChunkWords);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        uint* to = counts + (nint)chunk * Buckets;
        new Span<uint>(to, Buckets).Clear();
        int first = chunk * ChunkWords, end = (int)Math.Min(length, (long)first + ChunkWords);
        uint mask = (1u << bits) - 1;
        for (int i = first; i < end; i++)
        {
            ulong key = TopFractionShape.Key(scores[i]); // 64 bits: the first pass shifts by 32
            if (candidates[i] != 0 && !float.IsNaN(scores[i]) && key >> (shift + bits) == prefix)
                to[(uint)(key >> shift) & mask]++;
        }
    }
}

/// <summary>counts[0, digit] = sum of counts over chunks; a chunk of this job is a stretch of digits.</summary>
internal readonly unsafe struct KeySumJob(uint* counts, int parts) : IJob
{
    public const int Width = 128;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        for (int part = 1; part < parts; part++)
            for (int i = chunk * Width; i < (chunk + 1) * Width; i++)
                counts[i] += counts[(nint)part * KeyCountJob.Buckets + i];
    }
}

/// <summary>counts[chunk] = candidates of the chunk at the threshold.</summary>
internal readonly unsafe struct TieCountJob(float* scores, uint* candidates, int length, uint threshold, uint* counts) : IJob
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int first = chunk * KeyCountJob.ChunkWords, end = (int)Math.Min(length, (long)first + KeyCountJob.ChunkWords);
        uint count = 0;
        for (int i = first; i < end; i++)
            if (candidates[i] != 0 && !float.IsNaN(scores[i]) && TopFractionShape.Key(scores[i]) == threshold)
                count++;
        counts[chunk] = count;
    }
}

/// <summary>Marks candidates above the threshold, and at it while fewer than <paramref name="ties"/> came before.</summary>
internal readonly unsafe struct SelectJob(float* scores, uint* candidates, int length, uint threshold, uint ties,
    uint* before, uint* selected) : IJob
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int first = chunk * KeyCountJob.ChunkWords, end = (int)Math.Min(length, (long)first + KeyCountJob.ChunkWords);
        uint seen = before[chunk];
        for (int i = first; i < end; i++)
        {
            uint key = TopFractionShape.Key(scores[i]);
            bool candidate = candidates[i] != 0 && !float.IsNaN(scores[i]), tie = candidate && key == threshold;
            selected[i] = candidate && (key > threshold || (tie && seen < ties)) ? 1u : 0;
            seen += tie ? 1u : 0;
        }
    }
}
