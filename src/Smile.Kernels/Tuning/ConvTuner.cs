using System.Diagnostics;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Tuning;

/// <summary>What the tuner found for one pass of a convolution.</summary>
/// <param name="Choice">The quickest.</param>
/// <param name="Seconds">What it took.</param>
/// <param name="Rule">What the planner's rule takes.</param>
/// <param name="RuleSeconds">What that took.</param>
internal readonly record struct ConvTiming(ConvChoice Choice, double Seconds, ConvAlgorithm Rule, double RuleSeconds);

/// <summary>
/// Times every algorithm that can do a pass of a convolution, with each vector width that this processor has. What a processor makes of
/// wide vectors, caches and a second thread is in the times; no rule of the shape knows it.
/// </summary>
/// <param name="threads">Threads; 0: one a core.</param>
internal sealed class ConvTuner(int threads)
{
    /// <summary>By how much another algorithm than the rule's has to be quicker: less is noise.</summary>
    private const double Gain = 0.97;

    private const int MostRuns = 5;
    private const double SecondsEach = 0.05, Hopeless = 1.5;

    /// <summary>The vector width that takes less time for all passes together, with its choices.</summary>
    /// <param name="passes">What a training step does.</param>
    /// <param name="done">Told how many passes are done, those of all widths counted.</param>
    /// <param name="cancel">Stops.</param>
    public (ConvTable Table, IReadOnlyList<ConvTiming> Timings) Measure(
        IReadOnlyList<(ConvShape Shape, ConvPass Pass)> passes, Action<int>? done = null, CancellationToken cancel = default)
    {
        int best = 0, finished = 0;
        IReadOnlyList<ConvTiming> quickest = [];
        foreach (int bits in Widths)
        {
            ConvTiming[] timings = [.. passes.Select(each =>
            {
                cancel.ThrowIfCancellationRequested();
                ConvTiming timing = Measure(each.Shape, each.Pass, bits);
                done?.Invoke(++finished);
                return timing;
            })];
            if (best == 0 || timings.Sum(each => each.Seconds) < Gain * quickest.Sum(each => each.Seconds))
                (best, quickest) = (bits, timings);
        }

        return (new ConvTable(Processor.This.Name, best, [.. quickest.Select(each => each.Choice)]), quickest);
    }

    /// <summary>The vector widths that are tried, the widest first.</summary>
    public static IReadOnlyList<int> Widths => MicroKernels.BestBits switch { 512 => [512, 256], var only => [only] };

    private ConvTiming Measure(in ConvShape shape, ConvPass pass, int bits)
    {
        ConvAlgorithm rule = ConvPlanner.Free.Choose(shape, pass);
        double ruleSeconds = Seconds(shape, pass, bits, rule, double.PositiveInfinity);
        (ConvAlgorithm Algorithm, double Seconds) best = (rule, ruleSeconds);
        foreach (ConvAlgorithm algorithm in Enum.GetValues<ConvAlgorithm>())
        {
            if (algorithm == rule || !algorithm.Supports(shape, pass))
                continue;
            double seconds = Seconds(shape, pass, bits, algorithm, best.Seconds);
            if (seconds < Gain * ruleSeconds && seconds < best.Seconds)
                best = (algorithm, seconds);
        }

        int all = threads > 0 ? threads : Environment.ProcessorCount;
        return new ConvTiming(new ConvChoice(shape, pass, all, best.Algorithm), best.Seconds, rule, ruleSeconds);
    }

    /// <summary>The least of some runs; one alone where it shows that the algorithm is out of the question.</summary>
    private double Seconds(in ConvShape shape, ConvPass pass, int bits, ConvAlgorithm algorithm, double best)
    {
        using var backend = new SimdBackend(threads, bits, algorithm);
        var run = new ConvRun(backend, shape, pass);
        run.Once(); // compiled, and its memory met
        double least = double.PositiveInfinity, spent = 0;
        for (int i = 0; i < MostRuns && spent < SecondsEach; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run.Once();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            (least, spent) = (Math.Min(least, seconds), spent + seconds);
            if (seconds > Hopeless * best)
                break;
        }

        return least;
    }

    /// <summary>One pass with operands of its own, all 0.01: what they are does not change the time.</summary>
    private sealed class ConvRun
    {
        private readonly SimdBackend _backend;
        private readonly ConvShape _shape;
        private readonly ConvPass _pass;
        private readonly Place _x, _w, _y;

        public ConvRun(SimdBackend backend, in ConvShape shape, ConvPass pass)
        {
            (_backend, _shape, _pass) = (backend, shape, pass);
            var plan = new ArenaPlan();
            _x = plan.Take(Arena.Activations, (int)shape.InputCount);
            _w = plan.Take(Arena.Weights, (int)shape.WeightCount);
            _y = plan.Take(Arena.Gradients, (int)shape.OutputCount);
            backend.Reserve(plan);
            foreach (Place each in (ReadOnlySpan<Place>)[_x, _w, _y])
                backend.Fill(each, 0.01f);
        }

        public void Once()
        {
            if (_pass == ConvPass.Forward)
                _backend.ConvForward(_shape, _x, _w, Place.None, _y);
            else if (_pass == ConvPass.InputGradient)
                _backend.ConvBackInput(_shape, _y, _w, _x, Into.Set);
            else
                _backend.ConvBackWeight(_shape, _x, _y, _w, Into.Set);
        }
    }
}
