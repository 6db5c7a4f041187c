using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Backend;

/// <summary>
/// States what each operation means: plain loops, sums in double, one thread. The reference that every other backend is
/// checked against. Each operation's part stands in its folder under Ops/.
/// </summary>
internal partial class ScalarBackend : IBackend
{
    private HostMemory? _memory;

    public virtual string Name => "scalar";

    /// <summary>The arenas, once reserved.</summary>
    protected HostMemory Memory => _memory ?? throw new InvalidOperationException("Reserve has not been called.");

    public void Reserve(ArenaPlan plan)
    {
        if (_memory is not null)
            throw new InvalidOperationException("Reserve is called once.");
        _memory = new HostMemory(plan);
    }

    public void Write(Place to, ReadOnlySpan<float> from)
    {
        Check.Length(to, from.Length);
        from.CopyTo(Memory.Floats(to));
    }

    public void Write(Place to, ReadOnlySpan<uint> from)
    {
        Check.Length(to, from.Length);
        from.CopyTo(Memory.Words(to));
    }

    public void Read(Place from, Span<float> to)
    {
        Check.Length(from, to.Length);
        Memory.Floats(from).CopyTo(to);
    }

    public void Read(Place from, Span<uint> to)
    {
        Check.Length(from, to.Length);
        Memory.Words(from).CopyTo(to);
    }

    public void Fill(Place at, float value) => Memory.Floats(at).Fill(value);

    public void Finish()
    {
    }

    public Action Record(Action work) => work;

    public LaunchCount Launches => default;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        _memory?.Dispose();
        _memory = null;
    }

    /// <summary>Writes a value or adds to what is there.</summary>
    protected static void Put(ref float at, double value, Into into) => at = (float)(into == Into.Add ? at + value : value);
}
