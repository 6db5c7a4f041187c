using System.Runtime.InteropServices;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Kernels.Backend;

/// <summary>
/// Every operation as kernels over an <see cref="IGpuRuntime"/>. One device allocation holds all arenas and, after them, a workspace for
/// partial results; an operand is an absolute span of it. Each operation's launches and kernels stand in its folder under Ops/.
/// </summary>
internal sealed partial class GpuBackend(IGpuRuntime runtime, Precision precision = Precision.Fp32, int workspaceWords = GpuBackend.WorkspaceWords, int mostPackedWords = GpuBackend.MostPackedWords) : IBackend
{
    /// <summary>Words for partial results (16 MiB): operations choose their split so that it fits.</summary>
    public const int WorkspaceWords = 4 << 20;

    private readonly long[] _start = new long[Enum.GetValues<Arena>().Length], _words = new long[Enum.GetValues<Arena>().Length];
    private bool _reserved;
    private GpuSpan _workspace;

    public string Name => runtime.Name;

    public void Reserve(ArenaPlan plan)
    {
        if (_reserved)
            throw new InvalidOperationException("Reserve is called once.");
        long at = 0;
        for (int arena = 0; arena < _start.Length; arena++)
        {
            (_start[arena], _words[arena]) = (at, plan.Words((Arena)arena));
            at += ArenaPlan.RoundUp(_words[arena]);
        }

        _workspace = new GpuSpan(at, workspaceWords);
        _packed = new GpuSpan(at + workspaceWords, (int)Math.Min(mostPackedWords, PackedWords(_precision, plan)));
        runtime.Allocate(at + workspaceWords + _packed.Length);
        _reserved = true;
    }

    public void Write(Place to, ReadOnlySpan<float> from) => Write(to, MemoryMarshal.Cast<float, uint>(from));

    public void Write(Place to, ReadOnlySpan<uint> from)
    {
        Check.Length(to, from.Length);
        if (!from.IsEmpty)
            runtime.Upload(Span(to).Offset, from);
    }

    public void Read(Place from, Span<float> to) => Read(from, MemoryMarshal.Cast<float, uint>(to));

    public void Read(Place from, Span<uint> to)
    {
        Check.Length(from, to.Length);
        if (!to.IsEmpty)
            runtime.Download(Span(from).Offset, to);
    }

    public void Fill(Place at, float value) => Elements(FillKernels.Kernel, at.Length, new FillArgs(Span(at), value));

    public void Finish() => runtime.Synchronise();

    public Action Record(Action work) => runtime.Capture(work);

    public LaunchCount Launches => runtime.Launches;

    public void Dispose() => runtime.Dispose();

    /// <summary>How many groups of <paramref name="size"/> cover <paramref name="count"/>.</summary>
    internal static int Groups(int count, int size) => (int)(((long)count + size - 1) / size);

    /// <summary>Part of a span; an <see cref="ArgumentException"/> where it does not fit.</summary>
    internal static GpuSpan Part(GpuSpan span, int start, long length)
    {
        if (start < 0 || length < 0 || start + length > span.Length)
            throw new ArgumentException($"{length} words at {start} do not fit the {span.Length} words of the workspace.");
        return new GpuSpan(span.Offset + start, (int)length);
    }

    /// <summary>The words of a place; of <see cref="Place.None"/>, no words.</summary>
    private GpuSpan Span(Place p)
    {
        if (!_reserved)
            throw new InvalidOperationException("Reserve has not been called.");
        if (p.Offset < 0 || p.Length < 0 || p.Offset > _words[(int)p.Arena] - p.Length)
            throw new ArgumentException($"{p} lies outside its arena of {_words[(int)p.Arena]} words.");
        return new GpuSpan(_start[(int)p.Arena] + p.Offset, p.Length);
    }

    private static int Flag(bool value) => value ? 1 : 0;

    private static int Flag(Into into) => Flag(into == Into.Add);

    /// <summary>Launches a kernel whose threads take four elements each.</summary>
    private void Elements<TArgs>(GpuKernel<TArgs> kernel, int count, in TArgs args)
        where TArgs : unmanaged
    {
        if (count > 0)
            runtime.Launch(kernel, Groups(count, 4 * runtime.Limits.GroupSize), 1, args);
    }

    /// <summary>Launches a kernel whose threads take one element each.</summary>
    private void Singles<TArgs>(GpuKernel<TArgs> kernel, int count, in TArgs args)
        where TArgs : unmanaged
    {
        if (count > 0)
            runtime.Launch(kernel, Groups(count, runtime.Limits.GroupSize), 1, args);
    }
}
