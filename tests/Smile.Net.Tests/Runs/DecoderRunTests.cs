using Smile.Net.Models;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Runs;

/// <summary>Runs of networks with a decoder: what a step costs, and that they resume.</summary>
public sealed class DecoderRunTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smile-decoder-").FullName;
    private int _folders;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public static TheoryData<string, string, int, string> Networks => new()
    {
        { Methods.Smile, Decoders.V3Plus, 4, Heads.Aspp2 },
        { Methods.Smile, Decoders.V3Plus, 2, Heads.Aspp3 },
        { Methods.Smile, Decoders.UNet, 4, Heads.Conv },
        { Methods.Smile, Decoders.UNet, 2, Heads.Conv },
        { Methods.Smile, Decoders.UNet, 1, Heads.Aspp2 },
        { Methods.Baseline, Decoders.UNet, 2, Heads.Conv },
    };

    [Theory, MemberData(nameof(Networks))]
    public void A_step_allocates_nothing(string method, string decoder, int stride, string head)
    {
        RunSettings settings = Settings(method, decoder, stride, head);
        StepAllocations.DemandNone(Folder(), settings);
    }

    [Theory]
    [InlineData(Decoders.V3Plus)]
    [InlineData(Decoders.UNet)]
    public void Killed_and_resumed_it_ends_with_the_same_files(string decoder)
    {
        RunSettings settings = Settings(Methods.Smile, decoder, 0, Heads.Conv) with { Run = Toy.Settings().Run with { Device = "cpu" } };
        string whole = Folder(), killed = Folder();
        using (TrainingRun run = TrainingRun.Start(whole, settings, Toy.Organs, Toy.Cases(), new Silent()))
            run.Run(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        using (TrainingRun run = TrainingRun.Start(killed, settings, Toy.Organs, Toy.Cases(), new Recorder { AtStep = Stop }))
            Assert.Throws<OperationCanceledException>(() => run.Run(stop.Token));
        using (TrainingRun run = TrainingRun.Resume(killed, Toy.Organs, Toy.Cases(), new Silent()))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(new RunFolder(whole).Final), File.ReadAllBytes(new RunFolder(killed).Final));

        void Stop(StepReport report)
        {
            if (report.Step == 7)
                stop.Cancel();
        }
    }

    private static RunSettings Settings(string method, string decoder, int stride, string head)
    {
        RunSettings settings = Toy.Settings(method, 20).Modern();
        return settings with
        {
            Model = settings.Model with { Decoder = decoder, DecoderStride = stride, Head = head, OutputStride = 8 },
        };
    }

    private string Folder() => Path.Combine(_root, $"{_folders++}");
}
