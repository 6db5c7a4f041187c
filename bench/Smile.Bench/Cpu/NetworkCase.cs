using Smile.Bench.Step;
using Smile.Net.Models;

namespace Smile.Bench.Cpu;

/// <summary>A network and its batch.</summary>
internal sealed record NetworkCase(string Backbone, int Batch, int Size)
{
    private const int Organs = 3;

    /// <summary>The training steps.</summary>
    public static IReadOnlyList<NetworkCase> Steps { get; } = [new("tiny", 8, 96), new("resnet18", 8, 128), new("resnet50", 2, 256)];

    /// <summary>The slice that is predicted.</summary>
    public static NetworkCase Slice { get; } = new("resnet18", 1, 512);

    public string Name => $"{Backbone} {Batch} x {Size} x {Size}";

    public ModelSettings Model => new() { Backbone = Backbone, OutputStride = 8, Head = "aspp2" };

    public StepBatch RandomBatch() => StepBatch.Random(Batch, Size, Organs);
}
