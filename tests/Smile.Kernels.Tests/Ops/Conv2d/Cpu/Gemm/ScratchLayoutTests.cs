using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Tests.Ops.Conv2d.Cpu.Gemm;

public sealed unsafe class ScratchLayoutTests
{
    private const int Line = 64;

    [Fact]
    public void Parts_begin_on_cache_lines_and_none_overlaps_another()
    {
        using var block = new NativeScratch();
        var parts = new Parts { Count = 37 };
        block.Allocate(ref parts);
        (long Start, long Bytes)[] places =
        [
            ((long)parts.Floats, 37 * sizeof(float)), ((long)parts.Integers, 38 * sizeof(int)),
                ((long)parts.Addresses, 39 * sizeof(float*)),
            ((long)parts.Items, 40 * sizeof(Segment)), ((long)parts.Last, 1 * sizeof(float)),
        ];
        Assert.All(places, place => Assert.Equal(0, place.Start % Line));
        for (int i = 1; i < places.Length; i++)
            Assert.True(places[i].Start >= places[i - 1].Start + places[i - 1].Bytes, $"part {i} begins inside the one before");
    }

    [Fact]
    public void What_was_measured_is_what_is_placed()
    {
        var parts = new Parts { Count = 1001 };
        var measure = new ScratchLayout(null);
        Assert.True(measure.Measures);
        parts.Allocate(ref measure);
        byte* memory = stackalloc byte[1];
        var layout = new ScratchLayout(memory);
        Assert.False(layout.Measures);
        parts.Allocate(ref layout);
        Assert.Equal(measure.Bytes, layout.Bytes);
        Assert.Equal((long)memory + layout.Bytes, (long)parts.Last + Line);
    }

    [Fact]
    public void A_size_that_no_memory_holds_is_refused()
    {
        var parts = new Parts { Count = long.MaxValue / 8 };
        Assert.Throws<OverflowException>(() =>
        {
            var measure = new ScratchLayout(null);
            parts.Allocate(ref measure);
        });
    }

    [Fact]
    public void Each_worker_has_parts_of_its_own_and_no_two_share_a_pair_of_lines()
    {
        const int workers = 5, count = 100;
        using var scratch = new WorkerScratch<WorkerParts>(workers);
        for (int i = 0; i < workers; i++)
            new Span<float>(scratch.Each.Of(i)->Floats, count).Fill(i);
        for (int i = 0; i < workers; i++)
            Assert.All(new Span<float>(scratch.Each.Of(i)->Floats, count).ToArray(), value => Assert.Equal(i, value));
        for (int i = 1; i < workers; i++)
        {
            long end = (long)scratch.Each.Of(i - 1) + sizeof(WorkerParts), start = (long)scratch.Each.Of(i);
            Assert.True((end - 1) / (2 * Line) < start / (2 * Line), $"worker {i} shares a pair of lines with the one before");
        }
    }

    private struct Parts : IScratch
    {
        public long Count;
        public float* Floats, Last;
        public int* Integers;
        public float** Addresses;
        public Segment* Items;

        public void Allocate(ref ScratchLayout layout)
        {
            Floats = layout.Floats(Count);
            Integers = layout.Integers(Count + 1);
            Addresses = layout.Addresses(Count + 2);
            Items = layout.Items<Segment>(Count + 3);
            Last = layout.Floats(1);
        }
    }

    private struct WorkerParts : IScratch
    {
        public float* Floats;

        public void Allocate(ref ScratchLayout layout) => Floats = layout.Floats(100);
    }
}
