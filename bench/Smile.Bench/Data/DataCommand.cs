using System.Globalization;
using Smile.Host.Phantom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Bench.Data;

/// <summary>What training data take of memory, and how long a batch of them takes to fill.</summary>
internal static class DataCommand
{
    // So the paper's thousand CTs fit 64 GiB, and a thread fills seven times the slices that an H200 would ask for.
    private const double MostBytes = 2.2, MostBytesWithRounds = 2.5, MostFill = 4;

    private const int Size = 512, Slices = 24;

    public static int Run(string[] args)
    {
        bool check = args.Contains("--check");
        CaseData[] cases = [.. Enumerable.Range(0, 2).Select(Phantom)];
        Row[] rows = [.. Memory(cases), .. FillRows.Measure(cases)];
        Console.WriteLine($"{Machine.Processor()}, {cases.Length} phantoms of {Size} x {Size} x {Slices}");
        foreach (Row row in rows)
        {
            string bar = row.Bar is { } most ? string.Create(CultureInfo.InvariantCulture, $"at most {most}") : "told";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row.Name,-60} {row.Value,8:F3} {row.Unit,-14} {bar,-12}{(row.Missed ? " MISSED" : "")}"));
        }

        return check && rows.Any(row => row.Missed) ? 6 : 0;
    }

    private static CaseData Phantom(int index)
    {
        var (image, labels) = PhantomCase.Generate(new PhantomOptions { Width = Size, Height = Size, Depth = Slices }, index);
        return new CaseData($"phantom_{index}", image, labels.Voxels, annotated: 0b011);
    }

    private static IEnumerable<Row> Memory(CaseData[] cases)
    {
        double voxels = cases.Sum(data => data.Geometry.Voxels), labels = cases.Sum(data => data.Labels.Bytes) / voxels;
        double images = cases.Sum(data => data.Image.Bytes) / voxels, pseudo = cases.Sum(data => Pseudo(data).Bytes) / voxels;
        yield return new Row("labels in memory", labels, "bytes a voxel");
        yield return new Row("pseudo labels of a ragged outline", pseudo, "bytes a voxel");
        yield return new Row("training (images, labels)", images + labels, "bytes a voxel", MostBytes);
        yield return new Row("training with rounds (images, labels, pseudo labels)", images + labels + pseudo, "bytes a voxel",
            MostBytesWithRounds);
    }

    /// <summary>The organ that is not annotated, as a round may give it: a third of its voxels, here and there.</summary>
    internal static SliceRuns<uint> Pseudo(CaseData data)
    {
        var rng = new Rng(3);
        return SliceRuns.Of<uint>([.. data.Labels.ToArray().Select(label => label == Labels.Of(2) && rng.Next(3) == 0 ? 0b100u : 0)],
            data.Labels.Pixels);
    }

    /// <summary>The time of a batch of eight whole slices, of this thread.</summary>
    private static class FillRows
    {
        private const int Batch = 8, Repeats = 9, Batches = 20;

        public static IEnumerable<Row> Measure(CaseData[] cases)
        {
            var settings = new SamplerSettings { Batch = Batch, Height = Size, Width = Size };
            var flipped = settings with { Augment = settings.Augment with { Flip = true } };
            var sampler = new SliceSampler(cases, 3, settings, new Rng(1));
            yield return new Row("writing as many bytes and nothing else", Time((images, isOrgan, isKnown) =>
            {
                Array.Fill(images, 1f);
                Array.Fill(isOrgan, 1u);
                Array.Fill(isKnown, 1u);
            }), "ms");
            yield return new Row("batch of 8 x 512 x 512", Fill(sampler), "ms", MostFill);
            yield return new Row("the same, mirrored at random", Fill(new SliceSampler(cases, 3, flipped, new Rng(1))), "ms", MostFill);
            for (int i = 0; i < cases.Length; i++)
                sampler.SetPseudo(i, Pseudo(cases[i]));
            yield return new Row("the same with pseudo labels", Fill(sampler), "ms", MostFill);
        }

        private static double Fill(SliceSampler sampler) =>
            Time((images, isOrgan, isKnown) => sampler.Next(images, isOrgan, isKnown, []));

        /// <summary>Processor time of a batch, ms: the median of the repeats.</summary>
        private static double Time(Action<float[], uint[], uint[]> fill)
        {
            int pixels = Batch * Size * Size;
            var (images, isOrgan, isKnown) = (new float[pixels], new uint[pixels], new uint[pixels]);
            var times = new double[Repeats];
            for (int i = -1; i < Repeats; i++) // the first warms up
            {
                TimeSpan before = Environment.CpuUsage.TotalTime;
                for (int n = 0; n < Batches; n++)
                    fill(images, isOrgan, isKnown);
                if (i >= 0)
                    times[i] = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / Batches;
            }

            return times.Order().ElementAt(Repeats / 2);
        }
    }

    /// <summary>One measured number.</summary>
    /// <param name="Name">Of what.</param>
    /// <param name="Value">The number.</param>
    /// <param name="Unit">Its unit.</param>
    /// <param name="Bar">The most it may be; null: it is told.</param>
    private sealed record Row(string Name, double Value, string Unit, double? Bar = null)
    {
        public bool Missed => Bar is { } bar && !(Value <= bar);
    }
}
