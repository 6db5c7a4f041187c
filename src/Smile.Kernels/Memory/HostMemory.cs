using System.Runtime.InteropServices;

namespace Smile.Kernels.Memory;

/// <summary>
/// The arenas of a host backend, once reserved: one native block each, aligned to a cache line or more, reached through checked spans.
/// </summary>
internal sealed unsafe class HostMemory : IDisposable
{
    /// <summary>Words past the end of each arena that may be read, never used: a vector load at a tensor's tail does not fault.</summary>
    private const int Slack = 64;

    private readonly float*[] _blocks = new float*[Enum.GetValues<Arena>().Length];
    private readonly long[] _words = new long[Enum.GetValues<Arena>().Length];
    private bool _reserved;

    /// <summary>Allocates every arena, filled with zeros.</summary>
    /// <exception cref="InvalidOperationException">They are allocated already.</exception>
    /// <exception cref="BackendException">The memory is not to be had.</exception>
    public void Reserve(ArenaPlan plan)
    {
        if (_reserved)
            throw new InvalidOperationException("Reserve is called once.");
        foreach (Arena arena in Enum.GetValues<Arena>())
        {
            long words = plan.Words(arena);
            nuint bytes = checked((nuint)((words + Slack) * sizeof(float)));
            try
            {
                _blocks[(int)arena] = (float*)HugePages.Zeroed(bytes);
            }
            catch (OutOfMemoryException e)
            {
                Dispose();
                throw new BackendException(
                    $"No memory for {arena}: {bytes >> 20} MiB asked, {plan.TotalWords * sizeof(float) >> 20} MiB in all arenas.", e);
            }

            _words[(int)arena] = words;
        }

        _reserved = true;
    }

    /// <summary>The words of a place as floats.</summary>
    public Span<float> Floats(Place p) => new(Pointer(p), p.Length);

    /// <summary>The words of a place as unsigned integers.</summary>
    public Span<uint> Words(Place p) => new(Pointer(p), p.Length);

    /// <summary>The first word of a place that lies inside its arena; for kernels that walk pointers within the place.</summary>
    public float* Pointer(Place p)
    {
        if (!_reserved)
            throw new InvalidOperationException("Reserve has not been called.");
        if (p.Offset < 0 || p.Length < 0 || p.Offset > _words[(int)p.Arena] - p.Length)
            throw new ArgumentException($"{p} lies outside its arena of {_words[(int)p.Arena]} words.");
        return _blocks[(int)p.Arena] + p.Offset;
    }

    public void Dispose()
    {
        _reserved = false;
        for (int i = 0; i < _blocks.Length; i++)
        {
            NativeMemory.AlignedFree(_blocks[i]);
            _blocks[i] = null;
            _words[i] = 0;
        }
    }
}
