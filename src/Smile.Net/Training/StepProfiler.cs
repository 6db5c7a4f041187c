using System.Diagnostics;
using Smile.Kernels.Memory;
using Smile.Net.Data;
using Smile.Net.Graph;
using Smile.Net.Layers;
using Smile.Net.Models;
using Smile.Net.Settings;

namespace Smile.Net.Training;

/// <summary>
/// Times a training step layer by layer. The queue of the device is emptied after each layer, so that its time is its own;
/// on a GPU a step that is not watched is faster by what then overlaps.
/// </summary>
public static class StepProfiler
{
    private const int WarmUpSteps = 3;

    /// <summary>Trains for some steps, each of one leaf, on the cases and throws the weights away.</summary>
    /// <param name="settings">As of a run.</param>
    /// <param name="organs">The organs, in the order of the network's outputs.</param>
    /// <param name="cases">Loaded cases.</param>
    /// <param name="steps">Steps to measure; three more warm up.</param>
    /// <param name="onStep">Told how many steps are measured.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <exception cref="ConfigException">A setting is out of range.</exception>
    /// <exception cref="BackendException">The device is not there, or has not the memory.</exception>
    public static StepProfile Measure(
        RunSettings settings, OrganSet organs, IReadOnlyList<CaseData> cases, int steps, Action<int>? onStep = null,
        CancellationToken cancel = default)
    {
        settings.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        // The schedule must not end before the steps do; of a batch of several leaves one is measured.
        settings = settings with
        {
            Train = settings.Train with
            {
                Batch = settings.Train.LeafSlices,
                Leaf = 0,
                Steps = Math.Max(settings.Train.Steps, steps + WarmUpSteps),
            },
        };
        settings = settings.WithIntensitiesOf(cases);
        var sampler = new SliceSampler(cases, organs.Count, settings.ForSampler(), new Rng((ulong)settings.Run.Seed));
        using var learner = new Learner(settings, organs.Count, sampler, settings.OpenBackend());
        learner.Network.Initialise(new Rng((ulong)settings.Run.Seed));
        var clock = new Clock(learner.Network);
        learner.Network.Graph.Observer = clock;
        for (int step = 0; step < WarmUpSteps + steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            if (step == WarmUpSteps)
                clock.Clear();
            TimeSpan waited = learner.Batches.Waited;
            clock.Begin();
            learner.Step(step);
            clock.End(learner.Batches.Waited - waited);
            if (step >= WarmUpSteps)
                onStep?.Invoke(step - WarmUpSteps + 1);
        }

        return clock.Profile(steps);
    }

    /// <summary>Stamps of each step: its beginning, before and after each layer, its end.</summary>
    private sealed class Clock(Network network) : IObserver
    {
        private readonly List<(ILayer Layer, Pass Pass, long Start, long End)> _events = [];
        private readonly List<Stamps> _steps = [];
        private long _start, _layerStart;

        /// <summary>One step: where it begins and ends, how long it waited, and where its layers stand among the events.</summary>
        private readonly record struct Stamps(long Start, long End, double Waited, int FirstEvent);

        public void Clear()
        {
            _events.Clear();
            _steps.Clear();
        }

        public void Begin() => _start = Stopwatch.GetTimestamp();

        public void End(TimeSpan waited)
        {
            network.Backend.Finish();
            int layers = 2 * network.Graph.Layers.Count;
            _steps.Add(new Stamps(_start, Stopwatch.GetTimestamp(), waited.TotalMilliseconds, _events.Count - layers));
        }

        public void Before(ILayer layer, Pass pass)
        {
            network.Backend.Finish();
            _layerStart = Stopwatch.GetTimestamp();
        }

        public void After(ILayer layer, Pass pass)
        {
            network.Backend.Finish();
            _events.Add((layer, pass, _layerStart, Stopwatch.GetTimestamp()));
        }

        public StepProfile Profile(int steps)
        {
            int layers = network.Graph.Layers.Count, last = 2 * layers - 1;
            var times = new LayerTime[2 * layers];
            for (int i = 0; i < times.Length; i++)
            {
                var (layer, pass, _, _) = _events[i];
                double median = Median(_steps.Select(s => Between(_events[s.FirstEvent + i].Start, _events[s.FirstEvent + i].End)));
                times[i] = new LayerTime(layer.Name, pass, layer.Output.Shape.ToString(),
                    pass == Pass.Forward ? layer.Cost : layer.BackwardCost,
                    layer.Algorithm(network.Backend, pass), median);
            }

            return new StepProfile(
                network.Backend.Name,
                steps,
                times,
                Median(_steps.Select(s => Between(s.Start, s.End))),
                _steps.Average(s => s.Waited),
                Median(_steps.Select(s => Between(s.Start, _events[s.FirstEvent].Start))),
                Median(_steps.Select(s => Between(_events[s.FirstEvent + layers - 1].End, _events[s.FirstEvent + layers].Start))),
                Median(_steps.Select(s => Between(_events[s.FirstEvent + last].End, s.End))),
                network.Parameters.Where(p => p.Trained).Sum(p => (long)p.Count),
                network.Bytes,
                Trace(_steps[^1], layers));
        }

        private List<TraceEvent> Trace(Stamps step, int layers)
        {
            var trace = new List<TraceEvent>();
            long at = step.Start;
            for (int i = 0; i < 2 * layers; i++)
            {
                var (layer, pass, start, end) = _events[step.FirstEvent + i];
                if (i == 0 || i == layers)
                    Add(i == 0 ? "input" : "loss", i == 0 ? "input" : "loss", at, start);
                Add(layer.Name, pass == Pass.Forward ? "forward" : "backward", start, end);
                at = end;
            }

            Add("update", "update", at, step.End);
            return trace;

            void Add(string name, string part, long from, long to) =>
                trace.Add(new TraceEvent(name, part, Between(step.Start, from), Between(from, to)));
        }

        private static double Between(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;

        private static double Median(IEnumerable<double> values)
        {
            double[] sorted = [.. values.Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }
}
