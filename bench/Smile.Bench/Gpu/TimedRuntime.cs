using Smile.Kernels.Gpu;

namespace Smile.Bench.Gpu;

/// <summary>Passes all on to a runtime, keeps the launches so that each can be repeated, and takes their time on the device.</summary>
/// <param name="inner">The runtime.</param>
/// <param name="samples">How many times make a median.</param>
internal sealed class TimedRuntime(IGpuRuntime inner, int samples) : IGpuRuntime
{
    private const int MostRepeats = 1000;
    private const double LeastMilliseconds = 2;

    private readonly List<KeptLaunch> _kept = [];

    public string Name => inner.Name;

    public GpuLimits Limits => inner.Limits;

    /// <summary>The launches since the last <see cref="Forget"/>.</summary>
    public IReadOnlyList<KeptLaunch> Kept => _kept;

    public void Forget() => _kept.Clear();

    public bool CanRun(GpuKernel kernel) => inner.CanRun(kernel);

    public void Allocate(long words) => inner.Allocate(words);

    public void Upload(long offset, ReadOnlySpan<uint> from) => inner.Upload(offset, from);

    public void Download(long offset, Span<uint> to) => inner.Download(offset, to);

    public void Launch<TArgs>(GpuKernel<TArgs> kernel, int gridX, int gridY, in TArgs args)
        where TArgs : unmanaged
    {
        inner.Launch(kernel, gridX, gridY, args);
        TArgs copy = args;
        _kept.Add(new KeptLaunch(kernel.Name, $"{gridX} x {gridY}", () => inner.Launch(kernel, gridX, gridY, copy)));
    }

    public Action Capture(Action work) => inner.Capture(work);

    public LaunchCount Launches => inner.Launches;

    public GpuEvent CreateEvent() => inner.CreateEvent();

    public void Record(GpuEvent at) => inner.Record(at);

    public double Milliseconds(GpuEvent from, GpuEvent to) => inner.Milliseconds(from, to);

    public void Synchronise() => inner.Synchronise();

    public void Dispose() => inner.Dispose();

    /// <summary>Device milliseconds of some queued work: the median of <see cref="Times"/>. Zero where the events tell no time.</summary>
    public double Time(Action queue)
    {
        double[] times = Times(queue);
        return times.Length == 0 ? 0 : times[times.Length / 2];
    }

    /// <summary>
    /// Device milliseconds of some queued work, in order: each sample of as many repeats as last two milliseconds,
    /// between two events. What the work reads is in the device's cache, as far as it fits. None where the events tell no
    /// time.
    /// </summary>
    public double[] Times(Action queue)
    {
        using GpuEvent from = CreateEvent(), to = CreateEvent();
        queue();
        double once = Once(1);
        if (!(once > 0))
            return [];
        int repeats = (int)Math.Clamp(LeastMilliseconds / once, 1, MostRepeats);
        return samples == 1 && repeats == 1 ? [once] : [.. Enumerable.Range(0, samples).Select(_ => Once(repeats) / repeats).Order()];

        double Once(int count)
        {
            Record(from);
            for (int i = 0; i < count; i++)
                queue();
            Record(to);
            return Milliseconds(from, to);
        }
    }
}

/// <summary>A launch that was made.</summary>
/// <param name="Kernel">Its kernel.</param>
/// <param name="Grid">Its blocks, as "8 x 1".</param>
/// <param name="Again">Queues it again.</param>
internal sealed record KeptLaunch(string Kernel, string Grid, Action Again);
