using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu;

/// <summary>
/// What the operations of a GPU share: its runtime, the one device allocation and launches. All arenas lie in it one after another and,
/// behind them, the workspaces that the operations have planned; an operand is an absolute span of it.
/// </summary>
internal sealed class GpuQueue(IGpuRuntime runtime) : IDisposable
{
    private readonly long[] _start = new long[Enum.GetValues<Arena>().Length], _words = new long[Enum.GetValues<Arena>().Length];
    private readonly List<GpuWorkspace> _workspaces = [];
    private bool _reserved;

    /// <summary>The device.</summary>
    public IGpuRuntime Runtime => runtime;

    /// <summary>Threads of a group of the kernels that take any size.</summary>
    public int GroupSize => runtime.Limits.GroupSize;

    /// <summary>Plans device memory for one operation, which no other has.</summary>
    /// <param name="name">For errors: whose it is and what for.</param>
    /// <param name="words">Words of 32 bits.</param>
    /// <exception cref="InvalidOperationException">The memory is reserved already.</exception>
    public GpuWorkspace Workspace(string name, int words) => Workspace(name, _ => words);

    /// <inheritdoc cref="Workspace(string, int)"/>
    public GpuWorkspace Workspace(string name, Func<ArenaPlan, int> words)
    {
        if (_reserved)
            throw new InvalidOperationException($"The workspace '{name}' is planned after Reserve was called.");
        var workspace = new GpuWorkspace(name, words);
        _workspaces.Add(workspace);
        return workspace;
    }

    /// <summary>Allocates the arenas and the workspaces, filled with zeros. Once.</summary>
    /// <exception cref="BackendException">The device has not the memory.</exception>
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

        foreach (GpuWorkspace workspace in _workspaces)
        {
            int words = workspace.WordsFor(plan);
            workspace.PlaceAt(at, words);
            at += ArenaPlan.RoundUp(words);
        }

        runtime.Allocate(at);
        _reserved = true;
    }

    /// <summary>The words of a place; of <see cref="Place.None"/>, no words.</summary>
    /// <exception cref="ArgumentException">It lies outside its arena.</exception>
    public GpuSpan Span(Place p)
    {
        if (!_reserved)
            throw new InvalidOperationException("Reserve has not been called.");
        if (p.Offset < 0 || p.Length < 0 || p.Offset > _words[(int)p.Arena] - p.Length)
            throw new ArgumentException($"{p} lies outside its arena of {_words[(int)p.Arena]} words.");
        return new GpuSpan(_start[(int)p.Arena] + p.Offset, p.Length);
    }

    /// <summary>Queues groups of a kernel.</summary>
    public void Launch<TArgs>(GpuKernel<TArgs> kernel, int gridX, int gridY, in TArgs args)
        where TArgs : unmanaged => runtime.Launch(kernel, gridX, gridY, args);

    /// <summary>Queues a kernel whose threads take four elements each: none where there are none.</summary>
    public void LaunchFloat4s<TArgs>(GpuKernel<TArgs> kernel, int count, in TArgs args)
        where TArgs : unmanaged
    {
        if (count > 0)
            runtime.Launch(kernel, Integers.CeilingDivide(count, 4 * GroupSize), 1, args);
    }

    /// <summary>Queues a kernel whose threads take one element each: none where there are none.</summary>
    public void LaunchSingles<TArgs>(GpuKernel<TArgs> kernel, int count, in TArgs args)
        where TArgs : unmanaged
    {
        if (count > 0)
            runtime.Launch(kernel, Integers.CeilingDivide(count, GroupSize), 1, args);
    }

    public void Dispose() => runtime.Dispose();
}
