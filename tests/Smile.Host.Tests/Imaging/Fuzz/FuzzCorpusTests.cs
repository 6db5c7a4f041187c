using Smile.Host.Tests.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Fuzz;

/// <summary>
/// Damaged DICOM and NIfTI files that reached new code in a coverage-guided run of bench/Smile.Fuzz; none may do more than be refused.
/// </summary>
public sealed class FuzzCorpusTests : DicomFolder
{
    /// <summary>Two seconds are a fault, which the sandbox finds when an input ends; this is for one that does not.</summary>
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Two_thousand_damaged_files_are_read_or_refused()
    {
        FuzzInput[] inputs = Corpus();
        Assert.Equal(2000, inputs.Length);
        using var sandbox = new FuzzSandbox(Directory.CreateDirectory(Path.Combine(Folder, "sandbox")).FullName);
        (int accepted, int current) = (0, 0);
        // One thread alone: memory is counted on the one that reads, so none may help it.
        Task all = Task.Factory.StartNew(() =>
        {
            for (; current < inputs.Length; Interlocked.Increment(ref current))
                accepted += sandbox.Run(inputs[current]) ? 1 : 0;
        }, TestContext.Current.CancellationToken, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
        try
        {
            Task Hang() => Task.Delay(_hang, TestContext.Current.CancellationToken);
            for (int before = -1; await Task.WhenAny(all, Hang()) != all; before = current)
                Assert.True(Volatile.Read(ref current) != before,
                    $"input {current} ({inputs[current].Kind}, {inputs[current].Bytes.Length} bytes) does not end");
            await all;
        }
        catch (FuzzFault fault)
        {
            Assert.Fail($"input {current} ({inputs[current].Kind}, {inputs[current].Bytes.Length} bytes): {fault.Message}");
        }

        // If none or all were read the test would show nothing.
        Assert.InRange(accepted, inputs.Length / 20, inputs.Length * 19 / 20);
    }

    /// <summary>Every kind has its share of the corpus, and of DICOM each transfer syntax.</summary>
    [Fact]
    public void The_corpus_is_balanced()
    {
        FuzzInput[] inputs = Corpus();
        FuzzKind[] kinds = Enum.GetValues<FuzzKind>();
        foreach (FuzzKind kind in kinds)
            Assert.InRange(inputs.Count(input => input.Kind == kind), inputs.Length / kinds.Length / 2, inputs.Length / kinds.Length * 2);
        ILookup<string, FuzzInput> slices = inputs.Where(input => input.Kind == FuzzKind.Slice).ToLookup(input => input.Variety);
        string[] syntaxes =
        [
            "Implicit VR Little Endian", "Explicit VR Little Endian", "Deflated Explicit VR Little Endian", "Explicit VR Big Endian",
            "RLE Lossless", "Deflated Image Frame Compression",
            "JPEG Lossless", "JPEG Lossless, First-Order Prediction", "JPEG-LS Lossless", "JPEG 2000 Lossless",
            "Enhanced, Explicit VR Little Endian", "none",
        ];
        foreach (string syntax in syntaxes)
            Assert.True(slices[syntax].Count() >= 8, $"{syntax}: {slices[syntax].Count()} inputs");
        foreach (string variety in new[] { "NIfTI-1", "NIfTI-2", "gzip" })
            Assert.True(inputs.Count(input => input.Kind == FuzzKind.Nifti && input.Variety == variety) >= 30, variety);
    }

    private static FuzzInput[] Corpus()
    {
        using Stream stream = typeof(FuzzCorpusTests).Assembly.GetManifestResourceStream("fuzz-corpus.br")!;
        return FuzzCorpus.Read(stream);
    }
}
