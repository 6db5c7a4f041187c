using System.Runtime.InteropServices;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Simd;

/// <summary>A block of native memory that grows when a larger problem comes and is then reused: packed panels, partial sums.</summary>
internal sealed unsafe class NativeScratch : IDisposable
{
    private byte* _block;
    private nuint _bytes;

    /// <summary>At least <paramref name="words"/> floats; what they hold is left from earlier use.</summary>
    public float* Floats(long words) => (float*)Bytes(checked(words * sizeof(float)));

    /// <summary>At least <paramref name="bytes"/> bytes, 64-byte aligned.</summary>
    public byte* Bytes(long bytes)
    {
        nuint asked = checked((nuint)bytes);
        if (asked > _bytes)
        {
            Dispose();
            try
            {
                _block = (byte*)HugePages.Zeroed(asked);
            }
            catch (OutOfMemoryException e)
            {
                throw new BackendException($"No memory for {asked >> 20} MiB of scratch.", e);
            }

            _bytes = asked;
        }

        return _block;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_block);
        _block = null;
        _bytes = 0;
    }
}

/// <summary>As <see cref="NativeScratch"/>, of one kind of element.</summary>
internal sealed unsafe class NativeScratch<T> : IDisposable
    where T : unmanaged
{
    private readonly NativeScratch _block = new();

    /// <summary>At least <paramref name="count"/> elements, the first on a cache line; what they hold is left from earlier use.</summary>
    /// <exception cref="BackendException">The memory is not to be had.</exception>
    public T* Allocate(long count) => (T*)_block.Bytes(checked(count * sizeof(T)));

    public void Dispose() => _block.Dispose();
}
