using Smile.Kernels.Backend;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Gpu.Cuda.Nccl;
using Smile.Kernels.Memory;
using Smile.Net;
using Smile.Net.Ranks;
using Smile.Net.Settings;
using Smile.Net.Tests.Ranks;
using Smile.PtxEmulator.Driver;

namespace Smile.PtxEmulator.Tests.Training;

/// <summary>Words that pass between GPUs by the emulated NCCL, and what becomes of a link that cannot be or breaks.</summary>
[Collection(nameof(CudaDriver))] // one CudaDriver.Open for all
public sealed class LinkedExchangeTests : IDisposable
{
    private readonly LinkedGpus _gpus = new();

    public void Dispose() => _gpus.Dispose();

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 1000)]
    [InlineData(4, 3)]
    [InlineData(4, 777)]
    public void The_tree_gives_the_bits_that_it_gives_through_the_host(int size, int words)
    {
        uint[] host = Sums(Exchanges.Host), linked = Sums(Exchanges.Nccl);
        Assert.Equal(host, linked);
        Assert.Equal(size, _gpus.Net.Members.Count);

        uint[] Sums(string exchange)
        {
            uint[][] sums = ThreadRanks.Run(size, ranks => On(ranks, exchange, words, (backend, one, values, theirs) =>
            {
                var rng = new Rng((ulong)ranks.Rank + 1);
                backend.Write(values, [.. Enumerable.Range(0, words).Select(_ => (float)rng.Normal())]);
                RankTree.Add(ranks, backend, values, theirs, one);
                uint[] sum = new uint[words];
                backend.Read(values, sum);
                return sum;
            }));
            Assert.All(sums, sum => Assert.Equal(sums[0], sum));
            return sums[0];
        }
    }

    [Fact]
    public void What_is_agreed_is_told()
    {
        Assert.Equal("gradients pass between ranks from GPU to GPU, by NCCL 2.21.5", Agreed(Exchanges.Auto));
        _gpus.Library = _ => null;
        Assert.StartsWith("gradients pass between ranks through the host: rank 0: libnccl.so.2 is not there; install NVIDIA's package "
            + "libnccl2", Agreed(Exchanges.Auto), StringComparison.Ordinal);
        _gpus.Library = net => new EmulatedNccl(net, 22105);
        _gpus.SharedBus = 3;
        Assert.Matches(@"through the host: ranks 0 and 1 share a GPU \(.* 0000:03:00\)", Agreed(Exchanges.Auto));
        Assert.Equal("", ThreadRanks.Run(2, ranks =>
        {
            using IExchange host = ExchangeChoice.Open(ranks, new ScalarBackend(), Exchanges.Auto, 1, out string agreed);
            return agreed;
        })[0]);
    }

    [Fact]
    public void NCCL_that_is_asked_for_and_cannot_be_is_refused_with_the_reason()
    {
        _gpus.SharedBus = 3;
        Assert.Contains("run.exchange is nccl: ranks 0 and 1 share a GPU", Refused(), StringComparison.Ordinal);
        _gpus.Library = _ => null;
        Assert.Contains("run.exchange is nccl: rank 0: libnccl.so.2 is not there", Refused(), StringComparison.Ordinal);
        Assert.Contains("run.exchange is nccl: rank 0: its device is scalar", Assert.Throws<ConfigException>(() => ThreadRanks.Run(2,
            ranks => ExchangeChoice.Open(ranks, new ScalarBackend(), Exchanges.Nccl, 1, out _))).Message, StringComparison.Ordinal);

        string Refused() => Assert.Throws<ConfigException>(() => Agreed(Exchanges.Nccl)).Message;
    }

    [Fact]
    public void Ranks_with_other_versions_or_wishes_are_refused_by_rank()
    {
        int opened = 0;
        _gpus.Library = net => new EmulatedNccl(net, 22100 + Interlocked.Increment(ref opened));
        Assert.Matches(@"^rank 1: the version of NCCL is 2\.21\.\d; on rank 0 the version of NCCL is 2\.21\.\d",
            Assert.Throws<ConfigException>(() => Agreed(Exchanges.Auto)).Message);
        Assert.Equal("rank 1: run.exchange is host; on rank 0 run.exchange is nccl. All ranks of a training need the same.",
            Assert.Throws<ConfigException>(() => ThreadRanks.Run(2, ranks =>
                On(ranks, ranks.Rank == 0 ? Exchanges.Nccl : Exchanges.Host, 1, (_, _, _, _) => 0))).Message);
    }

    [Fact]
    public void A_rank_whose_partner_fails_is_told_and_breaks_the_exchange_off()
    {
        _gpus.Net.Fault = member => member.Rank == 1 ? NcclResult.SystemError : NcclResult.Success;
        string[] errors = ThreadRanks.Run(2, ranks => On(ranks, Exchanges.Nccl, 8, (backend, exchange, values, theirs) =>
        {
            string error = Assert.Throws<LostRankException>(() => RankTree.Add(ranks, backend, values, theirs, exchange)).Message;
            if (ranks.Rank == 1)
                ranks.Abort(1); // as a process ends its others
            backend.Finish(); // nothing waits on the device any longer
            return error;
        }));
        Assert.Equal("a rank is gone", errors[0]);
        Assert.Equal("gradients do not pass between the ranks' GPUs: NCCL could not send 8 words to rank 0: SystemError (2). "
            + "The last checkpoint is kept.", errors[1].Replace("send 64 words", "send 8 words", StringComparison.Ordinal));
        Assert.All(_gpus.Net.Members, member => Assert.True(member.Aborted));
    }

    [Fact]
    public void What_NCCL_says_of_a_partner_that_died_ends_the_wait()
    {
        ThreadRanks.Run(2, ranks => On(ranks, Exchanges.Nccl, 8, (_, exchange, values, theirs) =>
        {
            if (ranks.Rank == 0)
            {
                exchange.Exchange(1, values, theirs.Part(0, 8));
                _gpus.Net.Members.Single(member => member.Rank == 0).Error = NcclResult.RemoteError;
                Assert.Contains("go on with the exchange: RemoteError (6)", Assert.Throws<LostRankException>(exchange.Finish).Message,
                    StringComparison.Ordinal);
            }

            ranks.Barrier();
            return 0;
        }));
    }

    /// <summary>The stand-in keeps what NCCL asks for; else what is tested with it would prove nothing.</summary>
    [Fact]
    public void The_stand_in_never_ends_ungrouped_sends_and_refuses_other_lengths()
    {
        var gpus = new EmulatedDriver[] { Gpu(1), Gpu(2) };
        var nccl = new EmulatedNccl(_gpus.Net, 22105);
        var at = new (nint Stream, nint Communicator, ulong Address)[2];
        Assert.Equal(NcclResult.Success, nccl.NewId(out NcclId id));
        Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, rank =>
        {
            Use(rank);
            gpus[rank].CreateStream(out at[rank].Stream, 0);
            gpus[rank].Allocate(out at[rank].Address, 64);
            Assert.Equal(NcclResult.Success, nccl.Join(out at[rank].Communicator, 2, id, rank));
        });

        Both((rank, peer) => Send(rank, peer, 4));
        Both((rank, peer) => Receive(rank, peer, 4));
        Assert.True(gpus[0].Waits && gpus[1].Waits && gpus[0].Waits, "sends came through without a receive");
        Both((rank, _) => nccl.Abort(at[rank].Communicator));
        Assert.False(gpus[0].Waits || gpus[1].Waits);

        Assert.Equal(NcclResult.InvalidUsage, Of(0, () => Send(1, 0, 4))); // the other's device
        Assert.Equal(NcclResult.InvalidUsage, nccl.EndGroup());

        EmulatedDriver Gpu(int bus) => new(8, 0) { Bus = bus };
        void Use(int rank)
        {
            gpus[rank].RetainContext(out nint context, 0);
            gpus[rank].SetContext(context);
        }

        NcclResult Of(int rank, Func<NcclResult> call)
        {
            Use(rank);
            return call();
        }

        void Both(Func<int, int, NcclResult> call)
        {
            Assert.Equal(NcclResult.Success, Of(0, () => call(0, 1)));
            Assert.Equal(NcclResult.Success, Of(1, () => call(1, 0)));
        }

        NcclResult Send(int rank, int peer, nuint count) =>
            nccl.Send(at[rank].Address, count, NcclType.Float32, peer, at[rank].Communicator, at[rank].Stream);

        NcclResult Receive(int rank, int peer, nuint count) =>
            nccl.Receive(at[rank].Address, count, NcclType.Float32, peer, at[rank].Communicator, at[rank].Stream);
    }

    [Fact]
    public void Parts_of_other_lengths_are_an_error()
    {
        string[] errors = ThreadRanks.Run(2, ranks => On(ranks, Exchanges.Nccl, 8, (_, exchange, values, theirs) =>
        {
            exchange.Exchange(1 - ranks.Rank, values, theirs.Part(0, 8 - ranks.Rank));
            return Assert.Throws<LostRankException>(exchange.Finish).Message;
        }));
        Assert.All(errors, error => Assert.Contains("InvalidUsage (5)", error, StringComparison.Ordinal));
    }

    private static string Agreed(string exchange) => ThreadRanks.Run(2, ranks =>
    {
        On(ranks, exchange, 1, (_, _, _, _) => 0, out string agreed);
        return agreed;
    })[0];

    private static T On<T>(ICommunicator ranks, string exchange, int words, Func<IBackend, IExchange, Place, Place, T> work) =>
        On(ranks, exchange, words, work, out _);

    private static T On<T>(ICommunicator ranks, string exchange, int words, Func<IBackend, IExchange, Place, Place, T> work,
        out string agreed)
    {
        using IBackend backend = Backends.Open("cuda");
        var plan = new ArenaPlan();
        Place values = plan.Take(Arena.Gradients, words), theirs = plan.Take(Arena.Gradients, RankTree.HalfOf(words));
        backend.Reserve(plan);
        using IExchange one = ExchangeChoice.Open(ranks, backend, exchange, theirs.Length, out agreed);
        return work(backend, one, values, theirs);
    }
}
