using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Tests.Gpu;

public sealed class GpuQueueTests : IDisposable
{
    private readonly GpuQueue _queue = new(IlgpuRuntime.OpenCpu());

    public void Dispose() => _queue.Dispose();

    [Fact]
    public void Workspaces_lie_apart_from_each_other_and_from_every_arena()
    {
        GpuWorkspace first = _queue.Workspace("first", 100), second = _queue.Workspace("second", plan => (int)plan.TotalWords),
            empty = _queue.Workspace("empty", 0);
        var plan = new ArenaPlan();
        Place weights = plan.Take(Arena.Weights, 70), batch = plan.Take(Arena.Batch, 5);
        _queue.Reserve(plan);
        GpuSpan[] spans = [_queue.Span(weights), _queue.Span(batch), first.Part(0, 100), second.Part(0, plan.TotalWords)];
        Assert.Equal(0, empty.Words);
        foreach (GpuSpan a in spans)
        {
            Assert.Equal(1, a.Aligned);
            Assert.Single(spans, b => a.Offset < b.Offset + b.Length && b.Offset < a.Offset + a.Length);
        }
    }

    [Fact]
    public void A_part_that_does_not_fit_names_its_workspace()
    {
        GpuWorkspace workspace = _queue.Workspace("sums of a test", 64);
        _queue.Reserve(new ArenaPlan());
        Assert.Equal(40, workspace.Part(24, 40).Length);
        Assert.Contains("41 words at 24 do not fit the 64 words of the workspace 'sums of a test'",
            Assert.Throws<ArgumentException>(() => workspace.Part(24, 41)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_planned_or_asked_too_early_or_too_late_is_refused()
    {
        GpuWorkspace workspace = _queue.Workspace("early", 64);
        Assert.Throws<InvalidOperationException>(() => workspace.Part(0, 1));
        Assert.Throws<InvalidOperationException>(() => _queue.Span(new Place(Arena.Batch, 0, 0)));
        _queue.Reserve(new ArenaPlan());
        Assert.Contains("'late'", Assert.Throws<InvalidOperationException>(() => _queue.Workspace("late", 64)).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => _queue.Reserve(new ArenaPlan()));
    }

    [Fact]
    public void A_place_outside_its_arena_is_refused()
    {
        var plan = new ArenaPlan();
        plan.Take(Arena.Batch, 64);
        _queue.Reserve(plan);
        Assert.Equal(64, _queue.Span(new Place(Arena.Batch, 0, 64)).Length);
        Assert.Throws<ArgumentException>(() => _queue.Span(new Place(Arena.Batch, 1, 64)));
        Assert.Throws<ArgumentException>(() => _queue.Span(new Place(Arena.Batch, -1, 4)));
    }
}
