using System.Diagnostics;

namespace Smile.Bench.Cpu;

/// <summary>Who computes: Smile, libtorch in one of its two layouts, or ONNX Runtime.</summary>
internal enum Side
{
    /// <summary>The SIMD backend.</summary>
    Smile,

    /// <summary>libtorch, contiguous tensors.</summary>
    Nchw,

    /// <summary>libtorch, channels_last tensors.</summary>
    Nhwc,

    /// <summary>ONNX Runtime, from the exported model.</summary>
    Onnx,

    /// <summary>Nobody: the triad, which says what memory gives in these minutes.</summary>
    Triad,
}

/// <summary>One side doing the work on a number of threads.</summary>
internal sealed record Contender(Side Side, int Threads, Action Run);

/// <summary>
/// Times contenders in turns. Before each turn the process must have come to rest: after a call libtorch's OpenMP threads go on spinning
/// for milliseconds, on the core that the other side's second thread needs.
/// </summary>
internal sealed class Turns(int repeats)
{
    /// <summary>
    /// A turn takes about as long: shorter work is done several times, once before the clock starts, so that threads are awake and caches
    /// filled.
    /// </summary>
    private const double TurnMilliseconds = 20;

    private const double MostSettlingMilliseconds = 200, AtRest = 0.1;

    /// <summary>Longest time that threads still ran after a turn, in milliseconds.</summary>
    public double LongestSettling { get; private set; }

    /// <summary>The times of each, after one turn that does not count.</summary>
    public IReadOnlyList<Times> Measure(IReadOnlyList<Contender> contenders)
    {
        double[][] times = [.. contenders.Select(_ => new double[repeats])];
        for (int turn = -1; turn < repeats; turn++)
            for (int i = 0; i < contenders.Count; i++)
            {
                if (contenders[i].Side is Side.Nchw or Side.Nhwc)
                    Libtorch.Use(contenders[i].Threads);
                Settle();
                double milliseconds = Turn(contenders[i]);
                if (turn >= 0)
                    times[i][turn] = milliseconds;
            }

        return [.. times.Select(each => Times.Of(each))];
    }

    /// <summary>
    /// One thread does all its work itself: then its processor time counts, which no neighbour can lengthen by taking the core.
    /// </summary>
    private static double Turn(Contender contender)
    {
        double first = Time(contender, 1);
        return first >= TurnMilliseconds ? first : Time(contender, (int)Math.Ceiling(TurnMilliseconds / Math.Max(first, 1e-3)));
    }

    private static double Time(Contender contender, int runs)
    {
        long start = Stopwatch.GetTimestamp();
        double startOfThread = ProcessorTime.OfThread;
        for (int i = 0; i < runs; i++)
            contender.Run();
        return (contender.Threads == 1 ? ProcessorTime.OfThread - startOfThread : Stopwatch.GetElapsedTime(start).TotalMilliseconds) / runs;
    }

    private void Settle()
    {
        double used = ProcessorTime.OfProcess;
        for (long start = Stopwatch.GetTimestamp(); ;)
        {
            Thread.Sleep(1);
            double now = ProcessorTime.OfProcess, waited = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (now - used < AtRest || waited > MostSettlingMilliseconds)
                return;
            (used, LongestSettling) = (now, Math.Max(LongestSettling, waited));
        }
    }
}
