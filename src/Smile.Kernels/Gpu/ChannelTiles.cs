using ILGPU;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu;

/// <summary>
/// Work on a (Rows, Channels) tensor with operands or sums a channel. A group takes a run of channels and some passes of its lanes over
/// rows. A thread has four neighbouring channels, or one where four are not to be had in one access, and brings four rows at once
/// (<see cref="LoadFour"/>): as many bytes on the way as a device's memory needs to be busy. Element by element a thread has these four
/// rows alone: the channels' operands, which a group keeps in shared memory, are few bytes beside them, and small tensors fill the device.
/// </summary>
internal readonly struct ChannelTiles
{
    /// <summary>Units of a group's run of channels: 64 channels where a unit is four.</summary>
    public const int MaxWidth = 16;

    /// <summary>Rows that a thread brings at once.</summary>
    public const int Rows = 4;

    // Of a reduction: two for each multiprocessor of the larger devices (H100: 132), so that partials are few beside what is read.
    private const int GroupsAimedAt = 264;

    private readonly int _rows, _channels, _step, _units, _width, _lanes, _passes;

    /// <param name="rows">Rows of the tensor.</param>
    /// <param name="channels">Channels, fastest.</param>
    /// <param name="inFloat4s">Whether all operands start on 16 bytes.</param>
    /// <param name="groupSize">Threads of a group.</param>
    public ChannelTiles(int rows, int channels, bool inFloat4s, int groupSize)
    {
        (_rows, _channels, _step) = (rows, channels, inFloat4s && channels % 4 == 0 ? 4 : 1);
        _units = channels / _step;
        _width = Math.Min(_units, MaxWidth);
        _lanes = groupSize / _width;
        _passes = Rows;
    }

    /// <summary>The same for a reduction: no more groups along x than fill a device.</summary>
    public ChannelTiles ForReduction(int groupSize)
    {
        int groups = Math.Max(1, GroupsAimedAt / Across), passes = Integers.CeilingDivide(_rows, _lanes * groups);
        return new ChannelTiles(_rows, _channels, _step == 4, groupSize, Integers.CeilingDivide(passes, Rows) * Rows);
    }

    private ChannelTiles(int rows, int channels, bool inFloat4s, int groupSize, int passes)
        : this(rows, channels, inFloat4s, groupSize) => _passes = passes;

    /// <summary>Groups along x.</summary>
    public int RowGroups => Integers.CeilingDivide(_rows, _lanes * _passes);

    /// <summary>Groups along y.</summary>
    public int Across => Integers.CeilingDivide(_units, _width);

    /// <summary>Where this thread's unit lies in the group's run.</summary>
    public int Unit => Group.IdxX % _width;

    /// <summary>True for one thread a unit, which loads the operands of its channels.</summary>
    public bool IsFirst => Group.IdxX < _width && Channel < _channels;

    /// <summary>This thread's first channel.</summary>
    public int Channel => (Grid.IdxY * _width + Unit) * _step;

    /// <summary>This thread's first row.</summary>
    public int FirstRow => Grid.IdxX * _lanes * _passes + Group.IdxX / _width;

    /// <summary>The end of this thread's rows.</summary>
    public int EndRow =>
        Channel < _channels && Group.IdxX < _lanes * _width ? IntrinsicMath.Min(_rows, (Grid.IdxX + 1) * _lanes * _passes) : 0;

    /// <summary>From one row of a thread to its next, and to the first of its next four.</summary>
    public int RowStep => _lanes;

    /// <inheritdoc cref="RowStep"/>
    public int FourStep => Rows * _lanes;

    /// <summary>Where this thread's channels of a row lie.</summary>
    public int At(int row) => row * _channels + Channel;

    /// <summary>The values of this thread's channels; one that it has not is 0.</summary>
    public Float4 Load(ArrayView<float> memory, GpuSpan from, int at)
    {
        if (_step == 4)
            return from.LoadFloat4(memory, at);
        return new Float4(from.Load(memory, at), 0, 0, 0);
    }

    /// <summary>
    /// The values of four rows from <paramref name="row"/> on, which exists, all on their way before one is waited for; in place of those
    /// past the end the first once more: no thread reads what another one writes.
    /// </summary>
    public Tile4x4 LoadFour(ArrayView<float> memory, GpuSpan from, int row, int end) => new()
    {
        Row0 = Load(memory, from, At(row)),
        Row1 = Load(memory, from, At(row + _lanes < end ? row + _lanes : row)),
        Row2 = Load(memory, from, At(row + 2 * _lanes < end ? row + 2 * _lanes : row)),
        Row3 = Load(memory, from, At(row + 3 * _lanes < end ? row + 3 * _lanes : row)),
    };

    /// <summary>Writes four rows from <paramref name="row"/> on, or adds them to what is there, as far as they exist.</summary>
    public void StoreFour(ArrayView<float> memory, GpuSpan to, int row, int end, Tile4x4 values, Into into)
    {
        if (row >= end)
            return;
        if (into == Into.Add)
            values.Add(LoadFour(memory, to, row, end));
        Store(memory, to, At(row), values.Row0);
        if (row + _lanes < end)
            Store(memory, to, At(row + _lanes), values.Row1);
        if (row + 2 * _lanes < end)
            Store(memory, to, At(row + 2 * _lanes), values.Row2);
        if (row + 3 * _lanes < end)
            Store(memory, to, At(row + 3 * _lanes), values.Row3);
    }

    /// <summary>The same to a tensor of bfloat16, two a word, where there is one: four channels are eight bytes.</summary>
    public void StorePacked(ArrayView<float> memory, GpuSpan to, int row, int end, in Tile4x4 values)
    {
        if (to.Length == 0)
            return;
        ArrayView<Bf16x4> fours = to.AlignedAs<Bf16x4>(memory);
        if (row < end)
            fours[At(row) / 4] = Bf16x4.Of(values.Row0);
        if (row + _lanes < end)
            fours[At(row + _lanes) / 4] = Bf16x4.Of(values.Row1);
        if (row + 2 * _lanes < end)
            fours[At(row + 2 * _lanes) / 4] = Bf16x4.Of(values.Row2);
        if (row + 3 * _lanes < end)
            fours[At(row + 3 * _lanes) / 4] = Bf16x4.Of(values.Row3);
    }

    /// <summary>
    /// Combines the group's values, four channels a thread, and stores a partial a channel, the group's after those of the groups before.
    /// All threads of the group call it, once.
    /// </summary>
    public void StorePartial<T>(ArrayView<float> memory, GpuSpan partials, in Four<T> value)
        where T : unmanaged, IPartial<T>
    {
        Four<T> total = Columns.LaneTotal(value, _lanes, _width);
        if (!IsFirst)
            return;
        ArrayView<T> to = partials.AlignedAs<T>(memory);
        int at = Grid.IdxX * _channels + Channel;
        to[at] = total.First;
        if (_step == 1)
            return;
        to[at + 1] = total.Second;
        to[at + 2] = total.Third;
        to[at + 3] = total.Fourth;
    }
    private void Store(ArrayView<float> memory, GpuSpan to, int at, Float4 value)
    {
        if (_step == 4)
            to.StoreFloat4(memory, at, value, Into.Set);
        else
            to.Store(memory, at, value.X, Into.Set);
    }
}

/// <summary>What a reduction carries of four channels.</summary>
internal struct Four<T>(T first, T second, T third, T fourth) : IPartial<Four<T>>
    where T : unmanaged, IPartial<T>
{
    public T First = first, Second = second, Third = third, Fourth = fourth;

    public static Four<T> Combine(Four<T> a, Four<T> b) => new(T.Combine(a.First, b.First), T.Combine(a.Second, b.Second),
        T.Combine(a.Third, b.Third), T.Combine(a.Fourth, b.Fourth));
}
