using System.Globalization;
using System.Text;
using Smile.Host.Phantom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Bench.Data;

/// <summary>What training data take of memory and of the disk, and how long a batch of them takes to read and to fill.</summary>
internal static class DataCommand
{
    // So the paper's thousand CTs fit 64 GiB, and a thread fills seven times the slices that an H200 would ask for.
    private const double MostBytes = 2.2, MostBytesWithRounds = 2.5, MostFill = 4;

    private const int Size = 512, Slices = 24;

    public static int Run(string[] args)
    {
        bool check = args.Contains("--check");
        CaseData[] cases = [.. Enumerable.Range(0, 2).Select(Phantom)];
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Machine.Processor()}, {Environment.ProcessorCount} cores, .NET "
            + $"{Environment.Version}, load average {Load()} before");
        bool missed = false;
        foreach (DataRow row in Memory(cases).Concat(FillRows.Measure(cases)).Concat(ThousandRows.Measure()).Concat(StoreRows.Measure()))
        {
            Console.WriteLine(row);
            text.AppendLine(row.ToString());
            missed |= row.Missed;
        }

        string command = string.Join(' ', args.Prepend("data"));
        Console.WriteLine("Written to " + Results.Write(Results.Folder("data"), ".md",
            $"# Training data in memory and on the disk, commit {Results.Commit()}\n\n"
            + $"`dotnet run -c Release --project bench/Smile.Bench -- {command}`\n\n```\n{text}```\n"));
        return check && missed ? 6 : 0;
    }

    private static string Load() =>
        File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static CaseData Phantom(int index)
    {
        var (image, labels) = PhantomCase.Generate(new PhantomOptions { Width = Size, Height = Size, Depth = Slices }, index);
        return new CaseData($"phantom_{index}", image, labels.Voxels, annotated: 0b011);
    }

    private static IEnumerable<DataRow> Memory(CaseData[] cases)
    {
        double voxels = cases.Sum(data => data.Geometry.Voxels), labels = cases.Sum(data => data.Labels.Bytes) / voxels;
        double images = cases.Sum(data => data.Image.Bytes) / voxels, pseudo = cases.Sum(data => Pseudo(data).Bytes) / voxels;
        yield return new DataRow("labels in memory", labels, "bytes a voxel");
        yield return new DataRow("pseudo labels of a ragged outline", pseudo, "bytes a voxel");
        yield return new DataRow("training (images, labels)", images + labels, "bytes a voxel", MostBytes);
        yield return new DataRow("training with rounds (images, labels, pseudo labels)", images + labels + pseudo, "bytes a voxel",
            MostBytesWithRounds);
    }

    /// <summary>The organ that is not annotated, as a round may give it: a third of its voxels, here and there.</summary>
    internal static OrganRuns Pseudo(CaseData data)
    {
        var rng = new Rng(3);
        uint[] words = [.. data.Labels.ToArray().Select(label => label == Labels.Of(2) && rng.Next(3) == 0 ? 0b100u : 0)];
        return OrganRuns.Of(new VoxelBits(words, words.Length), data.Labels.Pixels);
    }

    /// <summary>The time of a batch of eight whole slices, of this thread.</summary>
    private static class FillRows
    {
        private const int Batch = 8, Repeats = 9, Batches = 20;

        public static IEnumerable<DataRow> Measure(CaseData[] cases)
        {
            var settings = new SamplerSettings { Batch = Batch, Height = Size, Width = Size };
            var flipped = settings with { Augment = settings.Augment with { Flip = true } };
            var sampler = new SliceSampler(cases, 3, settings, new Rng(1));
            yield return new DataRow("writing as many bytes and nothing else", Time((images, isOrgan, isKnown) =>
            {
                Array.Fill(images, 1f);
                Array.Fill(isOrgan, 1u);
                Array.Fill(isKnown, 1u);
            }), "ms");
            yield return new DataRow("batch of 8 x 512 x 512", Fill(sampler), "ms", MostFill);
            yield return new DataRow("the same, mirrored at random", Fill(new SliceSampler(cases, 3, flipped, new Rng(1))), "ms", MostFill);
            for (int i = 0; i < cases.Length; i++)
                sampler.SetPseudo(i, Pseudo(cases[i]));
            yield return new DataRow("the same with pseudo labels", Fill(sampler), "ms", MostFill);
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
}
