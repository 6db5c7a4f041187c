using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu;

/// <summary>
/// Device memory of one operation, planned by name through <see cref="GpuQueue.Workspace(string, int)"/> before anything is allocated. It
/// lies behind the arenas and apart from every other workspace. What it holds is of use to the operation's own launches alone, until the
/// operation returns.
/// </summary>
/// <param name="name">For errors: "split-K sums of a convolution".</param>
/// <param name="plan">Words that the operation needs, given the plan of the arenas.</param>
internal sealed class GpuWorkspace(string name, Func<ArenaPlan, int> plan)
{
    private GpuSpan? _span;

    /// <summary>Words that it has.</summary>
    public int Words => Span.Length;

    private GpuSpan Span => _span ?? throw new InvalidOperationException("Reserve has not been called.");

    /// <summary>A part of it.</summary>
    /// <param name="start">Words before the part.</param>
    /// <param name="length">Words of the part.</param>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    public GpuSpan Part(int start, long length)
    {
        if (start < 0 || length < 0 || start + length > Span.Length)
            throw new ArgumentException($"{length} words at {start} do not fit the {Span.Length} words of the workspace '{name}'.");
        return Span.Part(start, length);
    }

    /// <summary>Words to reserve for it.</summary>
    internal int WordsFor(ArenaPlan arenas) => plan(arenas);

    /// <summary>Says where it lies.</summary>
    internal void PlaceAt(long offset, int words) => _span = new GpuSpan(offset, words);
}
