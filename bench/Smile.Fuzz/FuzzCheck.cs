using Smile.Host.Tests.Imaging.Fuzz;

namespace Smile.Fuzz;

/// <summary>The commands, in a class of their own: see Program.</summary>
internal static class FuzzCheck
{
    public static int Fuzz(string folder, string faults, ulong seed, long inputs, string from, string corpus, int keep)
    {
        using var sandbox = new FuzzSandbox(folder);
        var run = new FuzzRun(sandbox, faults, seed);
        IReadOnlyList<FuzzInput> seeds = Seeds.All(sandbox);
        if (from.Length > 0)
            seeds = [.. seeds.Concat(from.Split(',').SelectMany(Read))
                .DistinctBy(input => (input.Kind, Convert.ToBase64String(input.Bytes)))];
        // One thread alone: steps of several would mix in the one map.
        Task.Factory.StartNew(() => run.Run(seeds, inputs), CancellationToken.None, TaskCreationOptions.None,
            new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler)
            .GetAwaiter().GetResult();
        if (corpus.Length > 0)
        {
            IReadOnlyList<FuzzInput> reduced = run.Reduced(keep);
            using FileStream file = File.Create(corpus);
            FuzzCorpus.Write(file, reduced);
            Console.WriteLine($"{corpus}: {reduced.Count} inputs, {file.Length} bytes");
        }

        return run.Faults > 0 ? 6 : 0;
    }

    public static int Run(string[] files)
    {
        using var sandbox = new FuzzSandbox(Directory.CreateTempSubdirectory("smile-fuzz-").FullName);
        int faults = 0, accepted = 0, all = 0;
        foreach (FuzzInput input in files.SelectMany(Read))
        {
            all++;
            try
            {
                accepted += sandbox.Run(input) ? 1 : 0;
            }
            catch (FuzzFault fault)
            {
                faults++;
                Console.WriteLine($"FAULT input {all - 1} ({input.Kind}, {input.Bytes.Length} bytes): {fault.Message}");
            }
        }

        Console.WriteLine($"{all} inputs, {accepted} accepted, {faults} faults");
        return faults > 0 ? 6 : 0;
    }

    public static int WriteSeeds(string folder)
    {
        Directory.CreateDirectory(folder);
        using var sandbox = new FuzzSandbox(Directory.CreateTempSubdirectory("smile-fuzz-").FullName);
        foreach ((int n, FuzzInput seed) in Seeds.All(sandbox).Index())
            File.WriteAllBytes(Path.Combine(folder, $"{n:D3}-{seed.Kind}"), seed.Bytes);
        return 0;
    }

    private static FuzzInput[] Read(string file)
    {
        if (!file.EndsWith(".br", StringComparison.Ordinal))
            return [new FuzzInput(Enum.Parse<FuzzKind>(Path.GetFileName(file).Split('-')[1]), File.ReadAllBytes(file))];
        using FileStream stream = File.OpenRead(file);
        return FuzzCorpus.Read(stream);
    }
}
