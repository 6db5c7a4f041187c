using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Resize;

/// <summary>
/// A resampled line of pixels of few channels, 16 numbers at a time: where an enlarged line's 16 neighbours come from no more than 16
/// numbers of the line that is read, one load brings them all and two shuffles put them where they belong.
/// </summary>
internal readonly unsafe struct ResizePicks
{
    private readonly int* _start, _low, _high;
    private readonly float* _weight;
    private readonly int _vectors;

    private ResizePicks(byte* at, int vectors)
    {
        _vectors = vectors;
        _start = (int*)at;
        _low = _start + vectors;
        _high = _low + vectors * Lanes512.Count;
        _weight = (float*)(_high + vectors * Lanes512.Count);
    }

    /// <summary>Whether there is a table.</summary>
    public bool Fit => _vectors > 0;

    /// <summary>Room of a table.</summary>
    public static long Bytes(int outWidth, int channels) => (1L + 3 * Lanes512.Count) * Vectors(outWidth, channels) * sizeof(int);

    /// <summary>The table of an axis, or none where a vector's sources do not fit into one vector.</summary>
    public static ResizePicks Of(in ResizeTable columns, int outWidth, int channels, byte* at)
    {
        var picks = new ResizePicks(at, (int)Vectors(outWidth, channels));
        int words = outWidth * channels;
        for (int i = 0; i < picks._vectors * Lanes512.Count; i++)
        {
            int word = Math.Min(i, words - 1), pixel = word / channels, channel = word % channels, vector = i / Lanes512.Count;
            if (i % Lanes512.Count == 0)
                picks._start[vector] = columns.Low(pixel) * channels;
            picks._low[i] = columns.Low(pixel) * channels + channel - picks._start[vector];
            picks._high[i] = columns.High(pixel) * channels + channel - picks._start[vector];
            picks._weight[i] = columns.Weight(pixel);
            if (picks._high[i] >= Lanes512.Count)
                return default;
        }

        return picks;
    }

    /// <summary>to = the resampled line; whole vectors are read, and written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Blend(float* line, float* to)
    {
        int* starts = _start, low = _low, high = _high;
        float* weights = _weight;
        int words = _vectors * Lanes512.Count;
        Lanes512 one = Lanes512.All(1);
        for (int i = 0; i < words; i += Lanes512.Count)
        {
            Lanes512 from = Lanes512.Load(line + *starts++), u = Lanes512.Load(weights + i);
            Lanes512 left = Lanes512.Pick(from, Lanes512.Load((float*)low + i)),
                right = Lanes512.Pick(from, Lanes512.Load((float*)high + i));
            Lanes512.Store((one - u) * left + u * right, to + i);
        }
    }

    private static long Vectors(int outWidth, int channels) => Integers.CeilingDivide((long)outWidth * channels, Lanes512.Count);
}
