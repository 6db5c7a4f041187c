namespace Smile.Net.Models;

/// <summary>The names of the heads.</summary>
public static class Heads
{
    public const string Conv = "conv";
    public const string Aspp2 = "aspp2";
    public const string Aspp3 = "aspp3";

    /// <summary>All.</summary>
    public static IReadOnlyList<string> All { get; } = [Conv, Aspp2, Aspp3];
}

/// <summary>
/// What the network is made of. The backbone is an atrous ResNet (He et al. 2016; Chen et al. 2018): stages after
/// <see cref="OutputStride"/> keep their size and dilate instead.
/// </summary>
public sealed record ModelSettings
{
    [Setting("The ResNet; tiny has one basic block a stage", Range = "tiny, resnet18, resnet34, resnet50, resnet101")]
    public string Backbone { get; init; } = "tiny";

    [Setting("Channels of the first stage, the next have 2, 4 and 8 times as many; 0: 16 of tiny, 64 of the others",
        Unit = "channels", Low = 0, High = int.MaxValue)]
    public int Width { get; init; }

    [Setting("Blocks a stage; 0: those of the backbone's name", Unit = "blocks", Low = 0, High = int.MaxValue)]
    public int Depth { get; init; }

    [Setting("Input pixels for one pixel of the last feature map; later stages keep their size and dilate instead",
        Unit = "pixels", Range = "4, 8, 16, 32; above the stride of a decoder's logits")]
    public int OutputStride { get; init; } = 8;

    [Setting("Factors of the dilation of the last stage's blocks (DeepLab v3); empty: the rates of torchvision's ResNet",
        Range = "each from 1")]
    public IReadOnlyList<int> MultiGrid { get; init; } = [];

    [Setting("conv: one 1x1; aspp2: four 3x3 atrous heads, summed (DeepLab v2); aspp3: concatenated, with image pooling (DeepLab v3). "
        + "Before a decoder it gives features: conv those of the backbone, aspp2 the pyramid without image pooling, aspp3 with it",
        Names = typeof(Heads))]
    public string Head { get; init; } = Heads.Aspp2;

    [Setting("none: logits at the output stride; v3plus: DeepLab v3+; unet: a U-Net's expanding path", Names = typeof(Decoders))]
    public string Decoder { get; init; } = Decoders.None;

    [Setting("Input pixels for one pixel of the decoder's logits; 0: 4 for v3plus, 2 for unet",
        Unit = "pixels", Range = "0, 4, 2; 1 for unet")]
    public int DecoderStride { get; init; }

    [Setting("Atrous rates of the head; empty: 6, 12, 18, 24 for aspp2 (before a decoder 6, 12, 18), 12, 24, 36 for aspp3 (half of "
        + "that at stride 16)", Range = "each from 1")]
    public IReadOnlyList<int> Rates { get; init; } = [];

    [Setting("Probability that the untrained network gives each organ, by the classifiers' biases (Lin et al. 2017, section 3.3): "
        + "most pixels are no organ, and one that begins at a half spends its first updates on that",
        Range = "between 0 and 1, both excluded")]
    public double Prior { get; init; } = 0.5;

    [Setting("Normalise with the running statistics in training too: for a pretrained backbone, or tiny batches")]
    public bool FrozenNorm { get; init; }

    internal int[] BlocksPerStage => (Depth, Backbone) switch
    {
        ( > 0, "tiny" or "resnet18" or "resnet34" or "resnet50" or "resnet101") => [Depth, Depth, Depth, Depth],
        (0, "tiny") => [1, 1, 1, 1],
        (0, "resnet18") => [2, 2, 2, 2],
        (0, "resnet34" or "resnet50") => [3, 4, 6, 3],
        (0, "resnet101") => [3, 4, 23, 3],
        _ => throw new ConfigException($"model.backbone is '{Backbone}' at depth {Depth}; known: "
            + "tiny, resnet18, resnet34, resnet50, resnet101, depth 0 or more."),
    };

    internal bool Bottleneck => Backbone is "resnet50" or "resnet101";

    internal int FirstWidth => Width > 0 ? Width : Backbone == "tiny" ? 16 : 64;

    internal IReadOnlyList<int> HeadRates => (Rates.Count, Head, Decoder) switch
    {
        ( > 0, _, _) => Rates,
        (_, Heads.Aspp2, Decoders.None) => [6, 12, 18, 24],
        (_, Heads.Aspp2, _) => [6, 12, 18],
        (_, Heads.Aspp3, _) when OutputStride == 16 => [6, 12, 18],
        (_, Heads.Aspp3, _) => [12, 24, 36],
        _ => [],
    };

    /// <summary>Input pixels for one pixel of the logits.</summary>
    internal int LogitsStride => (Decoder, DecoderStride) switch
    {
        (Decoders.None, _) => OutputStride,
        (_, > 0) => DecoderStride,
        (Decoders.V3Plus, _) => 4,
        _ => 2,
    };

    /// <summary>
    /// Rows and columns of a slice are padded to a multiple of this, so that what is halved on the way down meets itself again on the
    /// way up.
    /// </summary>
    internal int SizeMultiple => Decoder == Decoders.None ? 8 : Math.Max(8, OutputStride);

    /// <summary>The logits that say <see cref="Prior"/>: of K sigmoids, or of a softmax whose first class is background.</summary>
    internal float[] FirstLogits(int organs, bool softmax)
    {
        float[] logits = new float[softmax ? organs + 1 : organs];
        logits.AsSpan(softmax ? 1 : 0).Fill((float)Math.Log(Prior / (1 - Prior)));
        return logits;
    }

    /// <summary>Throws <see cref="ConfigException"/> naming the first setting that makes no network.</summary>
    public void Validate()
    {
        SettingOfPart.Demand("model", this);
        _ = BlocksPerStage;
        if (OutputStride is not (4 or 8 or 16 or 32))
            throw new ConfigException($"model.output_stride is {OutputStride}; it must be 4, 8, 16 or 32.");
        if (DecoderStride != 0 && Decoder == Decoders.None)
            throw new ConfigException($"model.decoder_stride is {DecoderStride}, and there is no decoder. "
                + "Set model.decoder, or leave it out.");
        if (Decoder != Decoders.None && (LogitsStride is not (1 or 2 or 4) || (LogitsStride == 1 && Decoder == Decoders.V3Plus)))
            throw new ConfigException($"model.decoder_stride is {DecoderStride}; {(Decoder == Decoders.V3Plus ? "4 or 2" : "4, 2 or 1")} "
                + "is possible, or 0 for the usual one.");
        if (Decoder != Decoders.None && LogitsStride >= OutputStride)
            throw new ConfigException($"model.output_stride is {OutputStride}: no coarser than the decoder's {LogitsStride}. "
                + "Set it to 8, 16 or 32.");
        if (!(Prior is > 0 and < 1))
            throw new ConfigException($"model.prior is {Prior}; it must lie between 0 and 1, both excluded.");
        if (MultiGrid.Any(g => g < 1))
            throw new ConfigException("model.multi_grid holds a factor below 1.");
        if (Rates.Any(r => r < 1))
            throw new ConfigException("model.rates holds a rate below 1.");
    }
}
