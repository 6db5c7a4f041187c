using System.Diagnostics;
using System.Globalization;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Kernels.Tests;
using Smile.Kit.Expected;
using Smile.Kit.Run;

namespace Smile.Kit.OnGpu;

/// <summary>Runs the operations' tests, <see cref="Fp32AddTests"/> and its like, and sees the bits that they leave.</summary>
internal sealed class OpTests
{
    private const int MostThreads = 6;

    /// <summary>What a thread of tests takes of a device: two backends a precision.</summary>
    private const long ThreadBytes = 6 * (160L << 20);

    [ThreadStatic]
    private static Watched? _current;

    private readonly KitSize _size;
    private readonly ResultLines? _lines;
    private readonly OpBits? _recorded, _recording;

    private OpTests(KitSize size, ResultLines? lines, OpBits? recorded, OpBits? recording) =>
        (_size, _lines, _recorded, _recording) = (size, lines, recorded, recording);

    /// <summary>On the driver, each outcome a line of the results; 0, or 6 where a test fails.</summary>
    public static int Run(KitSize size, ResultLines lines) => new OpTests(size, lines, KitExpected.BitsOf(size), null).Run();

    /// <summary>On the emulator in this process, the bits into a file; 0, or 6 where a test fails.</summary>
    public static int Record(KitSize size, string file)
    {
        CudaDriver.Open = Devices.Emulator;
        var recording = new OpBits();
        int exit = new OpTests(size, null, null, recording).Run();
        recording.Write(file);
        Console.WriteLine($"{recording.Count} results of operations are recorded");
        return exit;
    }

    private int Run()
    {
        Devices.Budget = _size.Budget;
        OpRuns.Ran = Saw;
        Type[] classes = [.. typeof(OpTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(OpTests).Namespace && type.Name.EndsWith("Tests", StringComparison.Ordinal)
                && type.BaseType is { IsGenericType: true }
                && (_size.Tests.Count == 0 || _size.Tests.Any(op => type.Name[4..] == $"{op}Tests")))
            .OrderBy(type => type.Name[4..], StringComparer.Ordinal).ThenBy(type => type.Name, StringComparer.Ordinal)];
        string[] missing = [.. Missing()];
        if (missing.Length > 0)
        {
            Console.Error.WriteLine($"The kit has no tests of: {string.Join(", ", missing)}");
            return 6;
        }

        OpTest[] tests = [.. classes.SelectMany(OpTest.Of)];
        int failed = 0;
        int threads = (int)Math.Clamp(DeviceBytes() / ThreadBytes, 1, Math.Min(Environment.ProcessorCount, MostThreads));
        Parallel.ForEach(tests, new ParallelOptions { MaxDegreeOfParallelism = threads }, test =>
        {
            if (!Run(test))
                Interlocked.Increment(ref failed);
        });
        Console.WriteLine($"{tests.Length} tests, {failed} failed");
        return failed == 0 && tests.Length > 0 ? 0 : 6;
    }

    /// <summary>Operations whose tests are in no class of <see cref="Fp32AddTests"/>'s kind, in some precision.</summary>
    private static IEnumerable<string> Missing()
    {
        Type[] all = typeof(OpTests).Assembly.GetTypes();
        foreach (Type contract in all.Where(type => type is { IsAbstract: true, IsGenericTypeDefinition: true }
            && type.Name.EndsWith("Tests`1", StringComparison.Ordinal)))
            foreach (Type device in (Type[])[typeof(Fp32Gpu), typeof(Tf32Gpu), typeof(Bf16Gpu)])
                if (!all.Any(type => type.BaseType == contract.MakeGenericType(device)))
                    yield return $"{contract.Name} on {device.Name}";
    }

    private static long DeviceBytes()
    {
        using ICudaDriver driver = CudaDriver.Open() ?? throw new BackendException("no NVIDIA driver is installed");
        CudaDevice.Start(driver);
        return CudaDevice.All(driver)[0].MemoryBytes;
    }

    private bool Run(OpTest test)
    {
        long start = Stopwatch.GetTimestamp();
        var watched = new Watched(test);
        _current = watched;
        (string result, string? why) = test.Run();
        if (result == "failed")
            Console.Error.WriteLine($"FAILED {test.Name}: {why}");
        _lines?.Add("tests", new
        {
            Test = test.Name,
            test.Precision,
            Result = result,
            Bits = watched.Difference is not null ? "different" : watched.Compared > 0 ? "equal"
                : watched.Runs > 0 ? "not recorded" : "none",
            watched.Difference,
            Message = why,
            Seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 4),
        });
        return result != "failed";
    }

    /// <summary>Records or compares what a run of the test on this thread left.</summary>
    private void Saw(IOpRun run)
    {
        Watched watched = _current!;
        int number = watched.Runs++;
        IReadOnlyList<uint[]> results = run.Results;
        for (int operand = 0; operand < results.Count; operand++)
        {
            _recording?.Record(watched.Test.Name, number, operand, results[operand]);
            if (_recorded?.Equal(watched.Test.Name, number, operand, results[operand]) is not { } equal)
                continue;
            watched.Compared++;
            if (!equal)
                watched.Difference ??= FirstDifference(watched.Test, run, number, operand);
        }
    }

    /// <summary>The first word that is not the emulator's, which does the operation again for it.</summary>
    private static string FirstDifference(OpTest test, IOpRun run, int number, int operand)
    {
        uint[] expected = (test.Precision switch
        {
            "tf32" => run.On<Tf32Emulated>(),
            "bf16" => run.On<Bf16Emulated>(),
            _ => run.On<Fp32Emulated>(),
        })[operand], actual = run.Results[operand];
        int first = expected.AsSpan().CommonPrefixLength(actual), count = expected.Zip(actual).Count(pair => pair.First != pair.Second);
        return string.Create(CultureInfo.InvariantCulture, $"run {number}, operand {operand}") + (first == expected.Length
            ? ": not the recorded bits, but those of the emulator here"
            : string.Create(CultureInfo.InvariantCulture, $", word {first} of {expected.Length}: {Word(actual[first])}, the emulator has ")
            + string.Create(CultureInfo.InvariantCulture, $"{Word(expected[first])}; {count} words differ"));

        static string Word(uint word) =>
            string.Create(CultureInfo.InvariantCulture, $"{word:X8} ({BitConverter.UInt32BitsToSingle(word):G9})");
    }

    private sealed class Watched(OpTest test)
    {
        public OpTest Test => test;

        public int Runs { get; set; }

        public int Compared { get; set; }

        public string? Difference { get; set; }
    }
}
