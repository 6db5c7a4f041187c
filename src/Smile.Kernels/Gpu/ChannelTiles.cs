using ILGPU;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu;

/// <summary>
/// Element-wise work on a (Rows, Channels) tensor with operands a channel. A group takes a run of channels and <see cref="Passes"/> times
/// its lanes of rows, so that the channels' operands, which it keeps in shared memory, are few bytes beside its rows. A thread has four
/// neighbouring channels, or one where four are not to be had in one access.
/// </summary>
internal readonly struct ChannelTiles
{
    /// <summary>Units of a group's run of channels: 64 channels where a unit is four.</summary>
    public const int MaxWidth = 16;

    private const int Passes = 8;

    private readonly int _rows, _channels, _step, _units, _width, _lanes;

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
    }

    /// <summary>Groups along x.</summary>
    public int RowGroups => Integers.CeilingDivide(_rows, _lanes * Passes);

    /// <summary>Groups along y.</summary>
    public int Across => Integers.CeilingDivide(_units, _width);

    /// <summary>Where this thread's unit lies in the group's run.</summary>
    public int Unit => Group.IdxX % _width;

    /// <summary>True for one thread a unit, which loads the operands of its channels.</summary>
    public bool IsFirst => Group.IdxX < _width && Channel < _channels;

    /// <summary>This thread's first channel.</summary>
    public int Channel => (Grid.IdxY * _width + Unit) * _step;

    /// <summary>This thread's first row.</summary>
    public int FirstRow => Grid.IdxX * _lanes * Passes + Group.IdxX / _width;

    /// <summary>The end of this thread's rows.</summary>
    public int EndRow =>
        Channel < _channels && Group.IdxX < _lanes * _width ? IntrinsicMath.Min(_rows, (Grid.IdxX + 1) * _lanes * Passes) : 0;

    /// <summary>From one row of a thread to its next.</summary>
    public int RowStep => _lanes;

    /// <summary>Where this thread's channels of a row lie.</summary>
    public int At(int row) => row * _channels + Channel;

    /// <summary>The values of this thread's channels; one that it has not is 0.</summary>
    public Float4 Load(ArrayView<float> memory, GpuSpan from, int at)
    {
        if (_step == 4)
            return from.LoadFloat4(memory, at);
        return new Float4(from.Load(memory, at), 0, 0, 0);
    }

    /// <summary>Writes the values of this thread's channels, or adds them to what is there.</summary>
    public void Store(ArrayView<float> memory, GpuSpan to, int at, Float4 value, Into into)
    {
        if (_step == 4)
            to.StoreFloat4(memory, at, value, into);
        else
            to.Store(memory, at, value.X, into);
    }
}
