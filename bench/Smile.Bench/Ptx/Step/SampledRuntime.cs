using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;
using Smile.Kernels.Gpu;

namespace Smile.Bench.Ptx.Step;

/// <summary>A launch that was asked for.</summary>
/// <param name="Kernel">Its kernel.</param>
/// <param name="Shape">Grid and arguments but where operands lie: launches of one shape do the same work.</param>
/// <param name="OperandBytes">Bytes of its operands, each once.</param>
internal sealed record AskedLaunch(GpuKernel Kernel, string Shape, long OperandBytes);

/// <summary>Notes each launch, and passes on one of each shape.</summary>
internal sealed class SampledRuntime(IGpuRuntime inner) : IGpuRuntime
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> _fields = [];

    private readonly HashSet<string> _seen = [];

    public string Name => inner.Name;

    public GpuLimits Limits => inner.Limits;

    /// <summary>All launches, in order.</summary>
    public List<AskedLaunch> Asked { get; } = [];

    LaunchCount IGpuRuntime.Launches => inner.Launches;

    public bool CanRun(GpuKernel kernel) => inner.CanRun(kernel);

    public void Allocate(long words) => inner.Allocate(words);

    public void Upload(long offset, ReadOnlySpan<uint> from) => inner.Upload(offset, from);

    public void Download(long offset, Span<uint> to) => inner.Download(offset, to);

    public void Launch<TArgs>(GpuKernel<TArgs> kernel, int gridX, int gridY, in TArgs args)
        where TArgs : unmanaged
    {
        var shape = new StringBuilder(FormattableString.Invariant($"{kernel.Name} {gridX} {gridY}"));
        var operands = new HashSet<(long Offset, int Length)>();
        Describe(args, shape, operands);
        Asked.Add(new AskedLaunch(kernel, shape.ToString(), sizeof(float) * operands.Sum(operand => (long)operand.Length)));
        if (_seen.Add(shape.ToString()))
            inner.Launch(kernel, gridX, gridY, args);
    }

    public Action Capture(Action work) => work;

    public GpuEvent CreateEvent() => inner.CreateEvent();

    public void Record(GpuEvent at) => inner.Record(at);

    public double Milliseconds(GpuEvent from, GpuEvent to) => inner.Milliseconds(from, to);

    public void Synchronise() => inner.Synchronise();

    public void Dispose() => inner.Dispose();

    private static void Describe(object value, StringBuilder shape, HashSet<(long Offset, int Length)> operands)
    {
        if (value is GpuSpan span)
        {
            operands.Add((span.Offset, span.Length));
            shape.Append(CultureInfo.InvariantCulture, $" [{span.Length}/{span.Aligned}]");
            return;
        }

        if (value.GetType() is { IsPrimitive: true } or { IsEnum: true })
        {
            shape.Append(' ').Append(Convert.ToString(value, CultureInfo.InvariantCulture));
            return;
        }

        foreach (FieldInfo field in _fields.GetOrAdd(value.GetType(),
            type => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)))
            Describe(field.GetValue(value)!, shape, operands);
    }
}
