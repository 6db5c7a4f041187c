using ILGPU;

namespace Smile.Kernels;

/// <summary>What a reduction carries; default is the neutral value.</summary>
internal interface IPartial<TSelf>
    where TSelf : unmanaged, IPartial<TSelf>
{
    static abstract TSelf Combine(TSelf a, TSelf b);
}

/// <summary>
/// Reduction of a (Rows, Columns) tensor over its rows, in a fixed order that depends on the shape alone. Groups stand for
/// tiles of Width columns (x) and chunks of rows (y); lanes of a group take every Lanes-th row, a tree over the lanes makes one partial a chunk
/// and column, and a second launch combines the chunks.
/// </summary>
internal readonly struct Columns
{
    public const int GroupSize = 256;

    private const int MaxWidth = 32, LeastRowsALane = 8, GroupsAimedAt = 1024;

    public readonly int Rows, Count, Width, Chunks, RowsPerChunk;
    public readonly GpuSpan Partials;

    /// <param name="rows">Rows of the tensor.</param>
    /// <param name="count">Columns of the tensor.</param>
    /// <param name="workspace">Where partials are kept.</param>
    /// <param name="partialWords">Words of a partial.</param>
    public Columns(int rows, int count, GpuSpan workspace, int partialWords)
    {
        (Rows, Count, Width) = (rows, count, Math.Min(count, MaxWidth));
        int wanted = Math.Min(GroupsAimedAt / Tiles, GpuBackend.Groups(rows, LeastRowsALane * Lanes));
        RowsPerChunk = GpuBackend.Groups(rows, Math.Max(wanted, 1));
        Chunks = GpuBackend.Groups(rows, RowsPerChunk);
        Partials = GpuBackend.Part(workspace, 0, (long)Chunks * count * partialWords);
    }

    /// <summary>Groups along x.</summary>
    public int Tiles => GpuBackend.Groups(Count, Width);

    private int Lanes => GroupSize / Width;

    /// <summary>This thread's column; it may lie past the end, then its rows are none.</summary>
    public int Column => Grid.IdxX * Width + Group.IdxX % Width;

    /// <summary>This thread's first row.</summary>
    public int FirstRow => Grid.IdxY * RowsPerChunk + Group.IdxX / Width;

    /// <summary>The end of this thread's rows.</summary>
    public int EndRow => Column < Count && Group.IdxX / Width < Lanes ? IntrinsicMath.Min(Rows, (Grid.IdxY + 1) * RowsPerChunk) : 0;

    /// <summary>From one row of a thread to its next.</summary>
    public int RowStep => Lanes;

    /// <summary>Combines the group's values and keeps one partial a column. All threads of the group call it, once.</summary>
    public void Keep<T>(ArrayView<float> memory, T value)
        where T : unmanaged, IPartial<T>
    {
        T total = Tree(value);
        if (Group.IdxX < Width && Column < Count)
            Partials.WordsAs<T>(memory)[Grid.IdxY * Count + Column] = total;
    }

    /// <summary>The total of this thread's column over all chunks; of use where <see cref="IsFirst"/>. All threads of the group call it, once.</summary>
    public T Total<T>(ArrayView<float> memory)
        where T : unmanaged, IPartial<T>
    {
        ArrayView<T> partials = Partials.WordsAs<T>(memory);
        T value = default;
        if (Column < Count && Group.IdxX / Width < Lanes)
            for (int chunk = Group.IdxX / Width; chunk < Chunks; chunk += Lanes)
                value = T.Combine(value, partials[chunk * Count + Column]);
        return Tree(value);
    }

    /// <summary>True for the one thread a column that holds its total.</summary>
    public bool IsFirst => Group.IdxX < Width && Column < Count;

    private T Tree<T>(T value)
        where T : unmanaged, IPartial<T>
    {
        ArrayView<T> shared = SharedMemory.Allocate<T>(GroupSize);
        int thread = Group.IdxX, lane = thread / Width;
        shared[thread] = value;
        for (int lanes = Lanes; lanes > 1; lanes = (lanes + 1) / 2)
        {
            int half = (lanes + 1) / 2;
            Group.Barrier();
            if (lane + half < lanes)
                shared[thread] = T.Combine(shared[thread], shared[thread + half * Width]);
        }

        return shared[thread];
    }
}

/// <summary>Two sums.</summary>
internal struct Sums(float first, float second) : IPartial<Sums>
{
    public float First = first, Second = second;

    public static Sums Combine(Sums a, Sums b) => new(a.First + b.First, a.Second + b.Second);
}

/// <summary>A sum and the number of its terms.</summary>
internal struct CountedSum(float sum, uint count) : IPartial<CountedSum>
{
    public float Sum = sum;
    public uint Count = count;

    public static CountedSum Combine(CountedSum a, CountedSum b) => new(a.Sum + b.Sum, a.Count + b.Count);
}
