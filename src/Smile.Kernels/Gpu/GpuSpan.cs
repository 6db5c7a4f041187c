using ILGPU;
using ILGPU.Runtime;
using Smile.Kernels.Memory;

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

    /// <summary>A part of it, on the host; that it lies inside is the caller's to know.</summary>
    public GpuSpan Part(int start, long length) => new(Offset + start, (int)length);

    public ArrayView<float> In(ArrayView<float> memory) => memory.SubView(Offset, Length);

    /// <summary>Elements of several words.</summary>
    public ArrayView<T> WordsAs<T>(ArrayView<float> memory)
        where T : unmanaged => In(memory).Cast<T>();

    /// <summary>Elements of two or four floats, each in one access; the operand must be aligned.</summary>
    public ArrayView<T> AlignedAs<T>(ArrayView<float> memory)
        where T : unmanaged => In(memory).AsAligned(16).Cast<T>();

    /// <summary>The words four by four; the operand must be aligned.</summary>
    public ArrayView<Float4> Float4sIn(ArrayView<float> memory) => In(memory).AsAligned(16).Cast<Float4>();

    public float Load(ArrayView<float> memory, int at) => In(memory)[at];

    public uint LoadWord(ArrayView<float> memory, int at) => In(memory).Cast<uint>()[at];

    /// <summary>Four words in one access; the operand must be aligned and <paramref name="at"/> a multiple of four.</summary>
    public Float4 LoadFloat4(ArrayView<float> memory, int at) => Float4sIn(memory)[at >> 2];

    /// <summary>Four words from <paramref name="at"/>, a multiple of four.</summary>
    public Float4 Load4(ArrayView<float> memory, int at)
    {
        if (Aligned != 0 && at + 4 <= Length)
            return LoadFloat4(memory, at);
        return new Float4(LoadOrZero(memory, at), LoadOrZero(memory, at + 1), LoadOrZero(memory, at + 2), LoadOrZero(memory, at + 3));
    }

    /// <summary>Writes a word, or adds to what is there.</summary>
    public void Store(ArrayView<float> memory, int at, float value, Into into)
    {
        ArrayView<float> view = In(memory);
        view[at] = into == Into.Add ? view[at] + value : value;
    }

    public void StoreWord(ArrayView<float> memory, int at, uint value) => In(memory).Cast<uint>()[at] = value;

    /// <inheritdoc cref="LoadFloat4"/>
    public void StoreFloat4(ArrayView<float> memory, int at, Float4 value, Into into)
    {
        ArrayView<Float4> float4s = Float4sIn(memory);
        float4s[at >> 2] = into == Into.Add ? float4s[at >> 2] + value : value;
    }

    /// <summary>Writes four words from <paramref name="at"/>, a multiple of four, or adds to what is there.</summary>
    public void Store4(ArrayView<float> memory, int at, Float4 value, Into into)
    {
        if (Aligned != 0 && at + 4 <= Length)
        {
            StoreFloat4(memory, at, value, into);
            return;
        }

        StoreInside(memory, at, value.X, into);
        StoreInside(memory, at + 1, value.Y, into);
        StoreInside(memory, at + 2, value.Z, into);
        StoreInside(memory, at + 3, value.W, into);
    }

    private float LoadOrZero(ArrayView<float> memory, int at) => at < Length ? Load(memory, at) : 0;

    private void StoreInside(ArrayView<float> memory, int at, float value, Into into)
    {
        if (at < Length)
            Store(memory, at, value, into);
    }
}
