using Smile.Bench.Step;
using Smile.Net.Models;

namespace Smile.Bench.Cpu;

/// <summary>A network and its batch.</summary>
/// <param name="Backbone">Its backbone.</param>
/// <param name="Batch">Slices.</param>
/// <param name="Size">Rows and columns of one.</param>
/// <param name="Decoder">None is the paper's network; the others are as <c>--preset default</c> and DeepLab v3+ have them.</param>
internal sealed record NetworkCase(string Backbone, int Batch, int Size, string Decoder = Decoders.None)
{
    private const int Organs = 3;

    /// <summary>The training steps.</summary>
    public static IReadOnlyList<NetworkCase> Steps { get; } =
    [
        new("tiny", 8, 96), new("tiny", 8, 128, Decoders.UNet), new("tiny", 8, 128, Decoders.V3Plus), new("resnet18", 8, 128),
        new("resnet18", 8, 128, Decoders.UNet), new("resnet18", 8, 128, Decoders.V3Plus), new("resnet50", 2, 256),
    ];

    /// <summary>The slice that is predicted.</summary>
    public static NetworkCase Slice { get; } = new("resnet18", 1, 512);

    public string Name => $"{Backbone}{(Decoder == Decoders.None ? "" : $", {Decoder},")} {Batch} x {Size} x {Size}";

    public ModelSettings Model => new()
    {
        Backbone = Backbone,
        Decoder = Decoder,
        OutputStride = Decoder == Decoders.None ? 8 : Decoder == Decoders.UNet ? 32 : 16,
        Head = Decoder == Decoders.None ? Heads.Aspp2 : Decoder == Decoders.UNet ? Heads.Conv : Heads.Aspp3,
    };

    public StepBatch RandomBatch() => StepBatch.Random(Batch, Size, Organs);
}
