using System.Runtime.CompilerServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

/// <summary>Where a transform along one axis finds its numbers.</summary>
internal unsafe interface IReading
{
    static abstract T Load<T>(void* from, nint step, int i)
        where T : unmanaged, ILanes<T>;
}

/// <summary>A list of addresses, and a channel.</summary>
internal readonly unsafe struct Listed : IReading
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(void* from, nint step, int i)
        where T : unmanaged, ILanes<T> => T.Load(((float**)from)[i] + step);
}

/// <summary>Equal distances.</summary>
internal readonly unsafe struct Spaced : IReading
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(void* from, nint step, int i)
        where T : unmanaged, ILanes<T> => T.Load((float*)from + i * step);
}

/// <summary>A linear transform along one axis, all lanes alike: to[j * toStep] = sum over i of matrix[j,i] * from[i].</summary>
internal unsafe interface ITransform
{
    static abstract int In { get; }

    static abstract int Out { get; }

    static abstract void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading;
}

/// <summary>
/// The transforms of one algorithm and one vector width. A convolution with 3 taps that gives m outputs from m + 2 inputs is
/// y = A^T ((G w) * (B^T x)), element by element (Winograd 1980; Lavin and Gray 2016, arXiv:1509.09308); in two dimensions each matrix is
/// applied along both axes. The adjoint in w is dw = G^T ((A dy) * (B^T x)).
/// </summary>
internal readonly unsafe struct WinogradTransforms
{
    /// <summary>Most products of a tile.</summary>
    public const int MostProducts = 36;

    /// <summary>Floats of a worker that a transform passes through.</summary>
    public const int TempFloats = 2 * MostProducts * 16;

    /// <summary>Outputs of a tile along each side.</summary>
    public int Tile { get; private init; }

    /// <summary>Products of a tile along each side.</summary>
    public int Points => Tile + 2;

    /// <summary>Products of a tile.</summary>
    public int Products => Points * Points;

    /// <summary>B^T x B (pixels, first channel, end, to, distance from product to product, temp).</summary>
    public delegate*<float**, nint, nint, float*, nint, float*, void> Source { get; private init; }

    /// <summary>A dy A^T; as <see cref="Source"/>.</summary>
    public delegate*<float**, nint, nint, float*, nint, float*, void> Gradient { get; private init; }

    /// <summary>G w G^T; as <see cref="Source"/>.</summary>
    public delegate*<float**, nint, nint, float*, nint, float*, void> Weight { get; private init; }

    /// <summary>A^T m A (products, channels, targets, their first channel, start or null to add to the targets, temp).</summary>
    public delegate*<float**, nint, float**, nint, float*, float*, void> Result { get; private init; }

    /// <summary>G^T s G; as <see cref="Result"/>.</summary>
    public delegate*<float**, nint, float**, nint, float*, float*, void> WeightGradient { get; private init; }

    public static WinogradTransforms For(int bits, int tile) => (bits, tile) switch
    {
        (512, 4) => Four<Lanes512>(),
        (256, 4) => Four<Lanes256>(),
        (128, 4) => Four<Lanes128>(),
        (512, 2) => Two<Lanes512>(),
        (256, 2) => Two<Lanes256>(),
        (128, 2) => Two<Lanes128>(),
        _ => throw new ArgumentOutOfRangeException(nameof(tile), tile, "Tiles are 4 or 2 wide, vectors 512, 256 or 128 bits."),
    };

    private static WinogradTransforms Four<T>()
        where T : unmanaged, ILanes<T> => new()
        {
            Tile = 4,
            Source = &Spread<Source4, T>,
            Gradient = &Spread<Gradient4, T>,
            Weight = &Spread<Weight4, T>,
            Result = &Collect<Result4, T>,
            WeightGradient = &Collect<WeightGradient4, T>,
        };

    private static WinogradTransforms Two<T>()
        where T : unmanaged, ILanes<T> => new()
        {
            Tile = 2,
            Source = &Spread<Source2, T>,
            Gradient = &Spread<Gradient2, T>,
            Weight = &Spread<Weight2, T>,
            Result = &Collect<Result2, T>,
            WeightGradient = &Collect<WeightGradient2, T>,
        };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread<TTransform, T>(float** list, nint first, nint end, float* to, nint distance, float* temp)
        where TTransform : ITransform
        where T : unmanaged, ILanes<T>
    {
        for (nint c = first; c < end; c += T.Count, to += T.Count)
            Both<TTransform, T>(list, c, to, distance, temp);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Collect<TTransform, T>(float** list, nint channels, float** targets, nint column, float* start, float* temp)
        where TTransform : ITransform
        where T : unmanaged, ILanes<T>
    {
        int count = TTransform.Out * TTransform.Out, lanes = T.Count;
        float* results = temp + TempFloats / 2;
        for (nint c = 0; c < channels; c += lanes)
        {
            Both<TTransform, T>(list, c, results, lanes, temp);
            if (channels - c >= lanes)
            {
                for (int i = 0; i < count; i++)
                {
                    float* to = targets[i] + column + c;
                    T.Store(T.Load(results + i * lanes) + T.Load(start != null ? start + c : to), to);
                }

                continue;
            }

            for (int i = 0; i < count; i++)
                for (nint j = 0; c + j < channels; j++)
                {
                    float* to = targets[i] + column + c + j;
                    *to = results[i * lanes + j] + (start != null ? start[c + j] : *to);
                }
        }
    }

    /// <summary>Along the columns of each row, then along the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Both<TTransform, T>(float** list, nint channel, float* to, nint distance, float* temp)
        where TTransform : ITransform
        where T : unmanaged, ILanes<T>
    {
        int lanes = T.Count;
        for (int i = 0; i < TTransform.In; i++)
            TTransform.Along<T, Listed>(list + i * TTransform.In, channel, temp + i * lanes, TTransform.In * lanes);
        for (int j = 0; j < TTransform.Out; j++)
            TTransform.Along<T, Spaced>(temp + j * TTransform.In * lanes, lanes, to + j * distance, TTransform.Out * distance);
    }
}
