using System.Runtime.CompilerServices;

namespace Smile.Kernels.Simd;

/// <summary>One element of a result from one element of each of two sources.</summary>
internal interface IElement
{
    static abstract T Of<T>(T a, T b)
        where T : unmanaged, ILanes<T>;
}

/// <summary>y = f(a, b), element by element. y may be a or b.</summary>
internal readonly unsafe struct ElementJob<TElement, TStore>(float* a, float* b, float* y, int length) : IJob
    where TElement : struct, IElement
    where TStore : struct, IStore
{
    public void Run(int chunk, int worker)
    {
        int first = chunk * Lanes.ChunkWords;
        Run(a + first, b + first, y + first, Math.Min(length - first, Lanes.ChunkWords));
    }

    // Operands are arguments: a field would be read again after each store, which may have changed it for all the JIT knows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(float* a, float* b, float* y, int length)
    {
        for (int i = 0; i < length; i += Lanes256.Count)
            TStore.Store(TElement.Of(Lanes256.Load(a + i), Lanes256.Load(b + i)), y + i, length - i);
        TStore.End();
    }
}
