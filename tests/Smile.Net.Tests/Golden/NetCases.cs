using Smile.Net.Models;

namespace Smile.Net.Tests.Golden;

/// <summary>A network with golden numbers: the model, the images it sees, and how it is trained.</summary>
internal sealed record NetCase(string Name, ModelSettings Model, int Batch, int Height, int Width, int Channels, int Organs)
{
    /// <summary>SGD of the pinned losses.</summary>
    public const float LearningRate = 0.02f, HeadFactor = 10, Momentum = 0.9f, WeightDecay = 5e-4f;

    /// <summary>Losses that are pinned: the first, and those after one and two updates.</summary>
    public const int Losses = 3;

    /// <summary>The golden file's name.</summary>
    public string File => $"{Name}.safetensors";

    /// <summary>A weight's gradient in the file, a running statistic after the first forward pass.</summary>
    public static string Gradient(string name) => $"gradient of {name}";

    /// <inheritdoc cref="Gradient"/>
    public static string After(string name) => $"{name} after";
}

/// <summary>
/// The networks that are compared with TorchSharp's: narrow, odd in every extent, with each kind of block, head and stride.
/// </summary>
internal static class NetCases
{
    public static IReadOnlyList<NetCase> All { get; } =
    [
        new("resnet18-aspp2", new ModelSettings { Backbone = "resnet18", Width = 3, OutputStride = 8, Head = "aspp2" }, 2, 45, 37, 1, 3),
        new("bottleneck-multigrid-aspp2", new ModelSettings
        {
            Backbone = "resnet50", Width = 3, Depth = 2, OutputStride = 16, MultiGrid = [1, 2], Head = "aspp2", Rates = [2, 4, 6, 8],
        }, 3, 43, 35, 2, 2),
        new("tiny-aspp3", new ModelSettings { Backbone = "tiny", Width = 3, OutputStride = 8, Head = "aspp3" }, 4, 27, 35, 1, 5),
        new("tiny-aspp2-v3plus",
            new ModelSettings { Backbone = "tiny", Width = 3, OutputStride = 8, Decoder = "v3plus", DecoderStride = 2 },
            3, 29, 43, 1, 3),
        new("bottleneck-aspp3-v3plus",
            new ModelSettings { Backbone = "resnet50", Width = 3, Depth = 1, OutputStride = 16, Head = "aspp3", Decoder = "v3plus" },
            5, 51, 35, 1, 2),
        new("tiny-unet-stride-1",
            new ModelSettings { Backbone = "tiny", Width = 3, OutputStride = 32, Head = "conv", Decoder = "unet", DecoderStride = 1 },
            3, 37, 45, 2, 3),
        new("resnet18-aspp3-unet",
            new ModelSettings { Backbone = "resnet18", Width = 3, OutputStride = 16, Head = "aspp3", Decoder = "unet" },
            5, 45, 39, 1, 4),
    ];
}
