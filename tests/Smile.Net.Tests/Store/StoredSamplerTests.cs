using Smile.Net.Augment;
using Smile.Net.Data;
using Smile.Net.Tests.Data;
using Smile.Net.Tests.Runs;

namespace Smile.Net.Tests.Store;

/// <summary>Batches from packed files are those from memory, bit by bit, and so is the position.</summary>
public sealed class StoredSamplerTests : IDisposable
{
    private const int Organs = 2, Size = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-stored-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, int> Inputs => new()
    {
        { AugmentPresets.None, 1 }, { AugmentPresets.None, 5 }, { AugmentPresets.Light, 1 }, { AugmentPresets.NnUnet, 3 }, { "all", 3 },
    };

    [Theory]
    [MemberData(nameof(Inputs))]
    public void Batches_and_positions_are_those_from_memory(string augment, int slices)
    {
        SamplerSettings settings = Settings(augment, slices);
        CaseData[] cases = Cases(), stored = Stored.Of(_folder, cases, Organs);
        stored[1] = cases[1]; // one that is in memory among them
        using BatchQueue memory = Queue(cases, settings), files = Queue(stored, settings);
        for (int i = 0; i < 12; i++)
        {
            AssertSame(memory.Next(), files.Next());
            Assert.Equal(memory.Position, files.Position);
        }

        var position = memory.Position;
        for (int i = 0; i < 3; i++)
            AssertSame(memory.Next(), files.Next());
        (memory.Position, files.Position) = (position, position);
        AssertSame(memory.Next(), files.Next());
        OrganRuns pseudo = Bits.Runs([.. Enumerable.Repeat(2u, cases[2].Labels.Length)], cases[2].Labels.Pixels);
        memory.SetPseudo(2, pseudo);
        files.SetPseudo(2, pseudo);
        for (int i = 0; i < 5; i++)
            AssertSame(memory.Next(), files.Next());
    }

    [Theory]
    [MemberData(nameof(Inputs))]
    public void Parts_of_a_batch_are_those_of_the_whole_from_memory_and_store(string augment, int slices)
    {
        SamplerSettings settings = Settings(augment, slices) with { Batch = 5 };
        CaseData[] cases = Cases(), stored = Stored.Of(_folder, cases, Organs);
        using BatchQueue whole = Queue(cases, settings);
        (int First, int Count)[] parts = [(0, 1), (1, 3), (4, 1)];
        BatchQueue[] queues = [.. parts.SelectMany(part => (CaseData[][])[cases, stored], (part, of) =>
            Queue(of, settings with { FirstFilled = part.First, Filled = part.Count }))];
        for (int i = 0; i < 8; i++)
        {
            Batch expected = whole.Next();
            Batch[] filled = [.. queues.Select(queue => queue.Next())];
            foreach (int memory in new[] { 0, 1 })
                AssertSame(expected, new Batch(All(filled, memory, batch => batch.Images), All(filled, memory, batch => batch.IsOrgan),
                    All(filled, memory, batch => batch.IsKnown), All(filled, memory, batch => batch.Classes), []));
            Assert.All(queues, queue => Assert.Equal(whole.Position, queue.Position));
        }

        foreach (BatchQueue queue in queues)
            queue.Dispose();

        static T[] All<T>(Batch[] batches, int first, Func<Batch, T[]> part) =>
            [.. batches.Where((_, i) => i % 2 == first).SelectMany(part)];
    }

    [Fact]
    public void Only_slices_with_known_labels_are_read_where_only_they_are_wanted()
    {
        CaseData[] cases = [.. Cases().Select((data, i) => data.WithAnnotated(i == 0 ? 1u : 0u))];
        SamplerSettings settings = Settings(AugmentPresets.None, 1) with { KnownOnly = true };
        CaseData[] stored = Stored.Of(_folder, cases, Organs);
        using BatchQueue memory = Queue(cases, settings), files = Queue(stored, settings);
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 5; i++)
                AssertSame(memory.Next(), files.Next());
            // More slices to draw from: what was planned by the shorter list is planned anew.
            OrganRuns pseudo = Bits.Runs([.. Enumerable.Repeat(2u, cases[0].Labels.Length)], cases[0].Labels.Pixels);
            memory.SetPseudo(1 + round, pseudo);
            files.SetPseudo(1 + round, pseudo);
        }
    }

    [Fact]
    public void A_damaged_slice_reaches_the_taker()
    {
        CaseData[] stored = Stored.Of(_folder, Cases(), Organs);
        foreach (CaseData data in stored)
        {
            string path = Stored.File(_folder, data.Id);
            using FileStream file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Position = 16;
            file.Write(new byte[200]); // in the first frame
        }

        using BatchQueue files = Queue(stored, Settings(AugmentPresets.None, 1));
        string message = Assert.Throws<DataException>(() =>
        {
            for (int i = 0; i < 100; i++)
                files.Next();
        }).Message;
        Assert.Contains("slice 0 is damaged", message, StringComparison.Ordinal);
        Assert.Throws<DataException>(() =>
        {
            for (int i = 0; i < 100; i++)
                files.Next();
        });
    }

    [Fact]
    public void Taking_a_batch_allocates_nothing()
    {
        using BatchQueue files = Queue(Stored.Of(_folder, Cases(), Organs), Settings(AugmentPresets.NnUnet, 3));
        files.Next();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
            files.Next();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static CaseData[] Cases() =>
    [
        .. Toy.Cases(4).Select((data, i) => i % 2 == 0 ? data : data.Changed(voxels =>
        {
            foreach (ref float hu in voxels.AsSpan())
                hu = MathF.Round(hu);
        })),
    ];

    private static SamplerSettings Settings(string augment, int slices) => new()
    {
        Batch = 3,
        Height = Size,
        Width = Size,
        OrganShare = 0.4,
        AbsentShare = 0.2,
        OrganPower = 0.5,
        Slices = slices,
        Augment = augment != "all" ? AugmentPresets.Of(augment) : AugmentPresets.Of(AugmentPresets.NnUnet) with
        {
            Flip = true,
            Aspect = 0.1,
            Shear = 5,
            Elastic = 2,
            ElasticShare = 0.6,
            NoiseShare = 0.5,
            BlurShare = 0.5,
            ContrastShare = 0.5,
            LowResolutionShare = 0.5,
            GammaShare = 0.5,
        },
    };

    private static BatchQueue Queue(CaseData[] cases, SamplerSettings settings)
    {
        int pixels = settings.Filled * Size * Size;
        return new BatchQueue(new SliceSampler(cases, Organs, settings, new Rng(7)),
            () => new Batch(new float[pixels * settings.Slices], new uint[pixels], new uint[pixels], new uint[pixels], []));
    }

    private static void AssertSame(Batch expected, Batch actual)
    {
        Assert.Equal(Array.ConvertAll(expected.Images, BitConverter.SingleToInt32Bits),
            Array.ConvertAll(actual.Images, BitConverter.SingleToInt32Bits));
        Assert.Equal(expected.IsOrgan, actual.IsOrgan);
        Assert.Equal(expected.IsKnown, actual.IsKnown);
        Assert.Equal(expected.Classes, actual.Classes);
    }
}
