using Smile.Kernels.Simd;

namespace Smile.Kernels.Tests.Simd;

public sealed class WorkerPoolTests
{
    // A job is unmanaged, so it counts in a static array; the tests of one class run one after another.
    private static readonly int[] Counts = new int[1000];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Each_chunk_is_done_once(int threads)
    {
        using var pool = new WorkerPool(threads);
        foreach (int chunks in (int[])[0, 1, 2, 7, 1000])
            RunsEachOnce(pool, chunks);
    }

    [Fact]
    public void Workers_that_fell_asleep_are_woken()
    {
        using var pool = new WorkerPool(3);
        for (int round = 0; round < 20; round++)
        {
            Thread.Sleep(5); // longer than the workers spin
            RunsEachOnce(pool, 8);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Regions_that_follow_each_other_closely_do_not_mix(int threads)
    {
        using var pool = new WorkerPool(threads);
        Array.Clear(Counts);
        int[] expected = new int[16];
        for (int region = 0; region < 5000; region++)
        {
            int chunks = region * 7 % 17;
            pool.Run(chunks, default(Count));
            for (int i = 0; i < chunks; i++)
                expected[i]++;
        }

        Assert.Equal(expected, Counts[..16]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_exception_reaches_the_caller_and_the_pool_goes_on(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (int round = 0; round < 3; round++)
        {
            InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => pool.Run(100, new Fail(42)));
            Assert.Equal("chunk 42", thrown.Message);
            RunsEachOnce(pool, 100);
        }
    }

    [Fact]
    public void No_threads_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(0).Dispose());

    [Fact]
    public void Disposed_again_it_frees_nothing_twice()
    {
        // A learner disposes of its backend, and so does whoever opened it; glibc ends a process that frees a block twice.
        var pool = new WorkerPool(2);
        RunsEachOnce(pool, 3);
        pool.Dispose();
        pool.Dispose();
    }

    private static void RunsEachOnce(WorkerPool pool, int chunks)
    {
        Array.Clear(Counts);
        pool.Run(chunks, default(Count));
        for (int i = 0; i < Counts.Length; i++)
            Assert.Equal(i < chunks ? 1 : 0, Counts[i]);
    }

    private readonly struct Count : IJob
    {
        public void Run(int chunk, int worker) => Interlocked.Increment(ref Counts[chunk]);
    }

    private readonly struct Fail(int at) : IJob
    {
        public void Run(int chunk, int worker)
        {
            if (chunk == at)
                throw new InvalidOperationException($"chunk {chunk}");
        }
    }
}
