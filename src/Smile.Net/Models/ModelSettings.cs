namespace Smile.Net.Models;

/// <summary>
/// What the network is made of. The backbone is an atrous ResNet (He et al. 2016; Chen et al. 2018): stages after
/// <see cref="OutputStride"/> keep their size and dilate instead.
/// </summary>
public sealed record ModelSettings
{
    /// <summary>tiny (one basic block a stage), resnet18, resnet34, resnet50, resnet101.</summary>
    public string Backbone { get; init; } = "tiny";

    /// <summary>Channels of the first stage; 0: 16 for tiny, 64 for the others. The stages have 1, 2, 4 and 8 times as many.</summary>
    public int Width { get; init; }

    /// <summary>Blocks a stage; 0: those of the backbone's name.</summary>
    public int Depth { get; init; }

    /// <summary>Input pixels for one pixel of the last feature map: 4, 8, 16 or 32.</summary>
    public int OutputStride { get; init; } = 8;

    /// <summary>Factors of the dilation of the last stage's blocks (DeepLab v3); empty: the rates of torchvision's ResNet.</summary>
    public IReadOnlyList<int> MultiGrid { get; init; } = [];

    /// <summary>conv (one 1x1), aspp2 (four 3x3 atrous heads, summed: DeepLab v2), aspp3 (concatenated, with image pooling: DeepLab v3).</summary>
    public string Head { get; init; } = "aspp2";

    /// <summary>Atrous rates of the head; empty: 6, 12, 18, 24 for aspp2; 12, 24, 36 for aspp3 (half of that at output stride 16).</summary>
    public IReadOnlyList<int> Rates { get; init; } = [];

    /// <summary>Normalise with the running statistics in training too (a pretrained backbone, tiny batches).</summary>
    public bool FrozenNorm { get; init; }

    internal int[] BlocksPerStage => (Depth, Backbone) switch
    {
        ( > 0, "tiny" or "resnet18" or "resnet34" or "resnet50" or "resnet101") => [Depth, Depth, Depth, Depth],
        (0, "tiny") => [1, 1, 1, 1],
        (0, "resnet18") => [2, 2, 2, 2],
        (0, "resnet34" or "resnet50") => [3, 4, 6, 3],
        (0, "resnet101") => [3, 4, 23, 3],
        _ => throw new ConfigException($"model.backbone is '{Backbone}' at depth {Depth}; known: tiny, resnet18, resnet34, resnet50, resnet101, depth 0 or more."),
    };

    internal bool Bottleneck => Backbone is "resnet50" or "resnet101";

    internal int FirstWidth => Width > 0 ? Width : Backbone == "tiny" ? 16 : 64;

    internal IReadOnlyList<int> HeadRates => (Rates.Count, Head) switch
    {
        ( > 0, _) => Rates,
        (_, "aspp2") => [6, 12, 18, 24],
        (_, "aspp3") when OutputStride == 16 => [6, 12, 18],
        (_, "aspp3") => [12, 24, 36],
        _ => [],
    };

    /// <summary>Throws <see cref="ConfigException"/> naming the first setting that makes no network.</summary>
    public void Validate()
    {
        _ = BlocksPerStage;
        if (OutputStride is not (4 or 8 or 16 or 32))
            throw new ConfigException($"model.output_stride is {OutputStride}; it must be 4, 8, 16 or 32.");
        if (Head is not ("conv" or "aspp2" or "aspp3"))
            throw new ConfigException($"model.head is '{Head}'; known: conv, aspp2, aspp3.");
        if (Width < 0)
            throw new ConfigException($"model.width is {Width}; it must be positive, or 0 for the backbone's own.");
        if (MultiGrid.Any(g => g < 1))
            throw new ConfigException("model.multi_grid holds a factor below 1.");
        if (Rates.Any(r => r < 1))
            throw new ConfigException("model.rates holds a rate below 1.");
    }
}
