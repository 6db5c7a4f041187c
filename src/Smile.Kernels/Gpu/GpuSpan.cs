using ILGPU;
using ILGPU.Runtime;

namespace Smile.Kernels.Gpu;

/// <summary>
/// An operand as kernels see it: words of the one device allocation. The four-word accesses are one 16-byte access where
/// the operand is aligned and the four words lie inside it, else word by word; words past the end read as zero and are not written.
/// </summary>
internal readonly struct GpuSpan(long offset, int length)
{
    public readonly long Offset = offset;
    public readonly int Length = length;

    /// <summary>1 where the operand starts on 16 bytes; an integer because the struct crosses to the device as it is.</summary>
    public readonly int Aligned = offset % 4 == 0 ? 1 : 0;

    public ArrayView<float> In(ArrayView<float> memory) => memory.SubView(Offset, Length);

    public uint LoadWord(ArrayView<float> memory, int at) => In(memory).Cast<uint>()[at];

    public void PutWord(ArrayView<float> memory, int at, uint value) => In(memory).Cast<uint>()[at] = value;

    /// <summary>Elements of several words.</summary>
    public ArrayView<T> WordsAs<T>(ArrayView<float> memory)
        where T : unmanaged => In(memory).Cast<T>();

    /// <summary>Elements of two or four floats, each in one access; the operand must be aligned.</summary>
    public ArrayView<T> AlignedAs<T>(ArrayView<float> memory)
        where T : unmanaged => In(memory).AsAligned(16).Cast<T>();

    /// <summary>Four words in one access; the operand must be aligned and <paramref name="at"/> a multiple of four.</summary>
    public Float4 LoadQuad(ArrayView<float> memory, int at) => QuadsIn(memory)[at >> 2];

    /// <inheritdoc cref="LoadQuad"/>
    public void PutQuad(ArrayView<float> memory, int at, Float4 value, int accumulate)
    {
        ArrayView<Float4> quads = QuadsIn(memory);
        quads[at >> 2] = accumulate != 0 ? quads[at >> 2] + value : value;
    }

    public float Load(ArrayView<float> memory, int at) => In(memory)[at];

    public Float4 Load4(ArrayView<float> memory, int at)
    {
        if (Aligned != 0 && at + 4 <= Length)
            return LoadQuad(memory, at);
        return new Float4(LoadOrZero(memory, at), LoadOrZero(memory, at + 1), LoadOrZero(memory, at + 2), LoadOrZero(memory, at + 3));
    }

    /// <summary>Writes a word, or adds to what is there.</summary>
    public void Put(ArrayView<float> memory, int at, float value, int accumulate)
    {
        ArrayView<float> view = In(memory);
        view[at] = accumulate != 0 ? view[at] + value : value;
    }

    /// <summary>Writes four words from <paramref name="at"/>, a multiple of four, or adds to what is there.</summary>
    public void Put4(ArrayView<float> memory, int at, Float4 value, int accumulate)
    {
        if (Aligned != 0 && at + 4 <= Length)
        {
            PutQuad(memory, at, value, accumulate);
            return;
        }

        PutInside(memory, at, value.X, accumulate);
        PutInside(memory, at + 1, value.Y, accumulate);
        PutInside(memory, at + 2, value.Z, accumulate);
        PutInside(memory, at + 3, value.W, accumulate);
    }

    /// <summary>The words as quads; the operand must be aligned.</summary>
    public ArrayView<Float4> QuadsIn(ArrayView<float> memory) => In(memory).AsAligned(16).Cast<Float4>();

    private float LoadOrZero(ArrayView<float> memory, int at) => at < Length ? Load(memory, at) : 0;

    private void PutInside(ArrayView<float> memory, int at, float value, int accumulate)
    {
        if (at < Length)
            Put(memory, at, value, accumulate);
    }
}
