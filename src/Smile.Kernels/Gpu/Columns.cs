using ILGPU;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu;

/// <summary>What a reduction carries; default is the neutral value.</summary>
internal interface IPartial<TSelf>
    where TSelf : unmanaged, IPartial<TSelf>
{
    static abstract TSelf Combine(TSelf a, TSelf b);
}

/// <summary>
/// Reduction of a (Rows, Columns) tensor over its rows, in a fixed order that depends on the shape alone. Groups stand for
/// tiles of Width columns (x) and chunks of rows (y); lanes of a group take every Lanes-th row, a tree over the lanes makes one partial a
/// chunk and column, and a second launch combines the chunks.
/// </summary>
internal readonly struct Columns
{
    /// <summary>Columns of a group at most.</summary>
    public const int MaxWidth = 32;

    private const int LeastRowsALane = 16, GroupsAimedAt = 1024, TotalsWidth = 4;

    /// <summary>Partials at most: of the groups aimed at where there are chunks, of one chunk of so many columns.</summary>
    private const int MostPartials = 4 * GroupsAimedAt * MaxWidth;

    public readonly int Rows, Count, Width, Lanes, Chunks, RowsPerChunk;
    public readonly GpuSpan Partials;

    /// <summary>
    /// Plans memory for the partials of an operation's reductions: of all chunks and columns there can be, up to <see cref="MostPartials"/>
    /// columns.
    /// </summary>
    /// <param name="queue">The operation's queue.</param>
    /// <param name="name">Whose reductions they are.</param>
    /// <param name="partialWords">Words of its largest partial.</param>
    public static GpuWorkspace Workspace(GpuQueue queue, string name, int partialWords) =>
        queue.Workspace($"partials of {name}", MostPartials * partialWords);

    /// <summary>As many chunks as fill a device.</summary>
    /// <param name="rows">Rows of the tensor.</param>
    /// <param name="count">Columns of the tensor.</param>
    /// <param name="groupSize">Threads of a group.</param>
    /// <param name="workspace">Where partials are stored.</param>
    /// <param name="partialWords">Words of a partial.</param>
    /// <param name="rowMultiple">What divides the rows of a chunk, save the last.</param>
    public Columns(int rows, int count, int groupSize, GpuWorkspace workspace, int partialWords, int rowMultiple = 1)
    {
        (Rows, Count, Width) = (rows, count, Math.Min(count, MaxWidth));
        Lanes = groupSize / Width;
        int wanted = Math.Min(GroupsAimedAt / Tiles, Integers.CeilingDivide(rows, LeastRowsALane * Lanes));
        RowsPerChunk = Integers.CeilingDivide(Integers.CeilingDivide(rows, Math.Max(wanted, 1)), rowMultiple) * rowMultiple;
        Chunks = Integers.CeilingDivide(rows, RowsPerChunk);
        Partials = workspace.Part(0, (long)Chunks * count * partialWords);
    }

    /// <summary>Chunks of <paramref name="rowsPerChunk"/> rows each, whose totals are wanted one by one: no partials are stored.</summary>
    public Columns(int chunks, int rowsPerChunk, int count, int groupSize, int maxWidth = MaxWidth)
    {
        (Rows, Count, Width, Chunks, RowsPerChunk) = (chunks * rowsPerChunk, count, Math.Min(count, maxWidth), chunks, rowsPerChunk);
        Lanes = groupSize / Width;
    }

    /// <summary>The partials of <paramref name="chunks"/> chunks that lie one after another, to be combined by narrow groups.</summary>
    /// <param name="rows">Rows that they stand for.</param>
    /// <param name="count">Columns of a chunk.</param>
    /// <param name="chunks">Partials of a column.</param>
    /// <param name="groupSize">Threads of a group.</param>
    /// <param name="partials">Where they lie.</param>
    public Columns(int rows, int count, int chunks, int groupSize, GpuSpan partials)
    {
        (Rows, Count, Width, Chunks, RowsPerChunk) = (rows, count, Math.Min(count, TotalsWidth), chunks, 0);
        Lanes = groupSize / Width;
        Partials = partials;
    }

    /// <summary>Groups along x.</summary>
    public int Tiles => Integers.CeilingDivide(Count, Width);

    /// <summary>The first row of the group's chunk.</summary>
    public int ChunkStart => Grid.IdxY * RowsPerChunk;

    /// <summary>The end of the group's chunk.</summary>
    public int ChunkEnd => ChunkStart + IntrinsicMath.Min(RowsPerChunk, Rows - ChunkStart);

    /// <summary>
    /// Which of the column's threads this is; the last threads of a group may have no part in it, then it is not below <see cref="Lanes"/>.
    /// </summary>
    public int Lane => Group.IdxX / Width;

    /// <summary>This thread's column; it may lie past the end, then its rows are none.</summary>
    public int Column => Grid.IdxX * Width + Group.IdxX % Width;

    /// <summary>This thread's first row.</summary>
    public int FirstRow => ChunkStart + Lane;

    /// <summary>The end of this thread's rows.</summary>
    public int EndRow => Column < Count && Lane < Lanes ? ChunkEnd : 0;

    /// <summary>From one row of a thread to its next.</summary>
    public int RowStep => Lanes;

    /// <summary>Combines the group's values and stores one partial a column. All threads of the group call it, once.</summary>
    public void StorePartial<T>(ArrayView<float> memory, T value)
        where T : unmanaged, IPartial<T>
    {
        T total = GroupTotal(value);
        if (IsFirst)
            Partials.AlignedAs<T>(memory)[Grid.IdxY * Count + Column] = total;
    }

    /// <summary>
    /// The total of this thread's column over all chunks; of use where <see cref="IsFirst"/>. All threads of the group call it, once.
    /// </summary>
    public T Total<T>(ArrayView<float> memory)
        where T : unmanaged, IPartial<T>
    {
        ArrayView<T> partials = Partials.AlignedAs<T>(memory);
        T value = default;
        if (Column < Count && Lane < Lanes)
        {
            int chunk = Lane;
            for (; chunk + 3 * Lanes < Chunks; chunk += 4 * Lanes)
            {
                // All four on their way before the first is waited for.
                int at = chunk * Count + Column, step = Lanes * Count;
                T first = partials[at], second = partials[at + step], third = partials[at + 2 * step], fourth = partials[at + 3 * step];
                value = T.Combine(T.Combine(T.Combine(T.Combine(value, first), second), third), fourth);
            }

            for (; chunk < Chunks; chunk += Lanes)
                value = T.Combine(value, partials[chunk * Count + Column]);
        }

        return GroupTotal(value);
    }

    /// <summary>As <see cref="StorePartial"/>, to the bit, where there is one column: by <see cref="GroupSum"/>.</summary>
    public void StoreSum(ArrayView<float> memory, CountedSum value)
    {
        CountedSum total = GroupSum.Total(value);
        if (IsFirst)
            Partials.AlignedAs<CountedSum>(memory)[Grid.IdxY] = total;
    }

    /// <summary>As <see cref="Total"/>, to the bit, where there is one column: by <see cref="GroupSum"/>.</summary>
    public CountedSum TotalSum(ArrayView<float> memory)
    {
        ArrayView<CountedSum> partials = Partials.AlignedAs<CountedSum>(memory);
        CountedSum value = default;
        for (int chunk = Lane; chunk < Chunks; chunk += Lanes)
            value = CountedSum.Combine(value, partials[chunk]);
        return GroupSum.Total(value);
    }

    /// <summary>True for the one thread a column that holds its total.</summary>
    public bool IsFirst => Group.IdxX < Width && Column < Count;

    /// <summary>
    /// The total of this thread's column over the group's chunk; of use where <see cref="IsFirst"/>. All threads of the group call it,
    /// once.
    /// </summary>
    public T GroupTotal<T>(T value)
        where T : unmanaged, IPartial<T> => LaneTotal(value, Lanes, Width);

    /// <summary>The total over the lanes of a group that stand <paramref name="width"/> threads apart; of use in the first lane.</summary>
    public static T LaneTotal<T>(T value, int lanes, int width)
        where T : unmanaged, IPartial<T>
    {
        ArrayView<T> shared = SharedMemory.Allocate<T>(GpuKernel.LargestGroup);
        int thread = Group.IdxX, lane = thread / width;
        shared[thread] = value;
        for (int left = lanes; left > 1; left = (left + 1) / 2)
        {
            int half = (left + 1) / 2;
            Group.Barrier();
            if (lane + half < left)
                shared[thread] = T.Combine(shared[thread], shared[thread + half * width]);
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

/// <summary>
/// A sum and the number of its terms, whose bits a float carries: a struct of floats alone is loaded and stored in one access.
/// </summary>
internal struct CountedSum(float sum, uint count) : IPartial<CountedSum>
{
    public float Sum = sum;
    private readonly float _count = Interop.IntAsFloat(count);

    public readonly uint Count => Interop.FloatAsInt(_count);

    public static CountedSum Combine(CountedSum a, CountedSum b) => new(a.Sum + b.Sum, a.Count + b.Count);
}
