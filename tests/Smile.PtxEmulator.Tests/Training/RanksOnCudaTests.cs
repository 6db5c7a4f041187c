using Smile.Kernels.Gpu.Cuda;
using Smile.Net.Ranks;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tests.Ranks;
using Smile.Net.Tests.Runs;
using Smile.Net.Weights;

namespace Smile.PtxEmulator.Tests.Training;

/// <summary>A run on ranks whose devices are emulated GPUs, through the host and from GPU to GPU: the weights of one process.</summary>
[Collection(nameof(CudaDriver))] // one CudaDriver.Open for all
public sealed class RanksOnCudaTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-gpus-").FullName;
    private readonly LinkedGpus _gpus = new();

    public void Dispose()
    {
        _gpus.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_weights_are_those_of_one_process_however_gradients_pass()
    {
        string one = Weights("one", 1, Exchanges.Auto, out string told);
        Assert.Equal("", told);
        Assert.Equal(one, Weights("host", 2, Exchanges.Host, out told));
        Assert.Equal("", told);
        foreach (int size in new[] { 2, 4 })
        {
            Assert.Equal(one, Weights($"nccl{size}", size, Exchanges.Auto, out told));
            Assert.Equal("gradients pass between ranks from GPU to GPU, by NCCL 2.21.5", told);
        }

        Assert.Equal(2 + 4, _gpus.Net.Members.Count);
    }

    private string Weights(string name, int size, string exchange, out string told)
    {
        string folder = Path.Combine(_folder, name);
        (Recorder Recorder, string Hash)[] all = size == 1 ? [Train(NoRanks.Instance)] : ThreadRanks.Run(size, Train);
        Assert.All(all, rank => Assert.Equal((all[0].Hash, string.Join(' ', all[0].Recorder.Losses)),
            (rank.Hash, string.Join(' ', rank.Recorder.Losses))));
        told = all[0].Recorder.Messages.SingleOrDefault(message => message.StartsWith("gradients", StringComparison.Ordinal)) ?? "";
        return all[0].Hash;

        (Recorder Recorder, string Hash) Train(ICommunicator ranks)
        {
            var recorder = new Recorder();
            RunSettings settings = Toy.Settings(steps: 1);
            using var run = TrainingRun.Start(folder, settings with
            {
                Data = settings.Data with { Validation = 0 },
                Train = settings.Train with { Size = 8, Batch = 4, Leaf = 1 },
                Run = settings.Run with { Device = "cuda", Exchange = exchange, ValidateEvery = 0 },
            }, Toy.Organs, Toy.Cases(), recorder, ranks: ranks);
            run.Run(TestContext.Current.CancellationToken);
            return (recorder, WeightsHash.Of(run.Network));
        }
    }
}
