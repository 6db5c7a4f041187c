using Smile.Net.Models;
using static TorchSharp.torch;

namespace Smile.Bench.Golden;

/// <summary>
/// DeepLab written down a second time, with torch's operations on weights that go by torchvision's names: nothing of Smile.Net
/// is used but the settings. A weight is asked for by name and shape when it is first met. ReLUs and shortcuts
/// work in place, as torchvision's do.
/// </summary>
internal sealed class TorchDeepLab(ModelSettings model, int outputs, Func<string, long[], Tensor> weight)
{
    /// <summary>(N, C, H, W) images to (N, outputs, H, W) logits.</summary>
    public Tensor Forward(Tensor images, bool training)
    {
        Tensor x = Norm("bn1", Conv("conv1", images, Width, 7, stride: 2), training).relu_();
        var finer = new List<(int Stride, Tensor Map)> { (1, images), (2, x) };
        x = nn.functional.max_pool2d(x, [3, 3], [2, 2], [1, 1]);
        bool bottleneck = model.Backbone is "resnet50" or "resnet101";
        int reached = 4, dilation = 1;
        for (int stage = 0; stage < 4; stage++)
        {
            // torchvision's _make_layer: a stage that may not stride multiplies the dilation, from its second block on.
            int stride = stage == 0 ? 1 : 2, previous = dilation;
            if (reached * stride > model.OutputStride)
                (dilation, stride) = (dilation * stride, 1);
            if (stride == 2)
                finer.Add((reached, x));
            reached *= stride;
            for (int block = 0; block < Blocks(stage); block++)
            {
                int rate = block == 0 ? previous : dilation;
                if (stage == 3 && model.MultiGrid.Count > 0)
                    rate = dilation * model.MultiGrid[block % model.MultiGrid.Count];
                x = Block($"layer{stage + 1}.{block}", x, Width << stage, bottleneck, block == 0 ? stride : 1, rate, training);
            }
        }

        Tensor logits = model.Decoder == Decoders.None ? model.Head == Heads.Aspp2 ? Aspp2(x) : Aspp3(x, training)
            : Conv("classifier", Decode(model.Head == Heads.Conv ? x : Aspp(x, training), finer, training), outputs, 1, bias: true);
        return nn.functional.interpolate(logits, size: [images.shape[2], images.shape[3]], mode: InterpolationMode.Bilinear,
            align_corners: false);
    }

    /// <summary>Whether a weight learns at the head's rate: those of classifier and decoder.</summary>
    public static bool IsOfHead(string name) =>
        name.StartsWith("classifier", StringComparison.Ordinal) || name.StartsWith("decoder", StringComparison.Ordinal);

    private int Width => model.Width > 0 ? model.Width : model.Backbone == "tiny" ? 16 : 64;

    private int Blocks(int stage) => model.Depth > 0 ? model.Depth : model.Backbone switch
    {
        "tiny" => 1,
        "resnet18" => 2,
        "resnet34" or "resnet50" => ((int[])[3, 4, 6, 3])[stage],
        _ => ((int[])[3, 4, 23, 3])[stage],
    };

    private Tensor Block(string name, Tensor x, int planes, bool bottleneck, int stride, int rate, bool training)
    {
        int channels = bottleneck ? 4 * planes : planes;
        Tensor y;
        if (bottleneck)
        {
            y = Norm($"{name}.bn1", Conv($"{name}.conv1", x, planes, 1), training).relu_();
            y = Norm($"{name}.bn2", Conv($"{name}.conv2", y, planes, 3, stride, rate), training).relu_();
            y = Norm($"{name}.bn3", Conv($"{name}.conv3", y, channels, 1), training);
        }
        else
        {
            y = Norm($"{name}.bn1", Conv($"{name}.conv1", x, planes, 3, stride, rate), training).relu_();
            y = Norm($"{name}.bn2", Conv($"{name}.conv2", y, planes, 3, 1, rate), training);
        }

        if (stride != 1 || x.shape[1] != channels)
            x = Norm($"{name}.downsample.1", Conv($"{name}.downsample.0", x, channels, 1, stride), training);
        return y.add_(x).relu_();
    }

    private Tensor Aspp2(Tensor x) => Rates(6, 12, 18, 24)
        .Select((rate, i) => Conv($"classifier.{i}", x, outputs, 3, dilation: rate, bias: true)).Aggregate((a, b) => a + b);

    private Tensor Aspp3(Tensor x, bool training) =>
        Conv("classifier.4", Branch("1", "2", Aspp(x, training), 3, 1, training), outputs, 1, bias: true);

    private Tensor Branch(string conv, string norm, Tensor from, int kernel, int rate, bool training) =>
        Norm($"classifier.{norm}", Conv($"classifier.{conv}", from, 4 * Width, kernel, dilation: rate), training).relu_();

    /// <summary>Chen et al. 2018 (ECCV) with one or two steps, or a U-Net's way up; the maps of the way down by their strides.</summary>
    private Tensor Decode(Tensor x, List<(int Stride, Tensor Map)> finer, bool training)
    {
        bool unet = model.Decoder == Decoders.UNet;
        int last = model.DecoderStride > 0 ? model.DecoderStride : unet ? 2 : 4, width = 4 * Width;
        foreach ((int stride, Tensor map) in Enumerable.Reverse(finer).Where(f => f.Stride >= last && (unet || f.Stride <= 4)))
        {
            string name = $"decoder.{stride}";
            Tensor Step(string conv, string norm, Tensor from, int channels, int kernel) =>
                Norm($"{name}.{norm}", Conv($"{name}.{conv}", from, channels, kernel), training).relu_();
            int channels = !unet ? width : stride >= 4 ? Width * stride / 4 : stride == 2 ? Width : (Width + 1) / 2;
            Tensor low = unet ? map : Step("low.0", "low.1", map, Math.Max(1, Width * 3 / 4), 1);
            Tensor up = nn.functional.interpolate(x, size: [map.shape[2], map.shape[3]], mode: InterpolationMode.Bilinear,
                align_corners: false);
            x = Step("conv2", "bn2", Step("conv1", "bn1", cat([up, low], 1), channels, 3), channels, 3);
            width /= 2;
        }

        return x;
    }

    private Tensor Aspp(Tensor x, bool training)
    {
        Tensor Branch(string conv, string norm, Tensor from, int kernel, int rate) => this.Branch(conv, norm, from, kernel, rate, training);
        var branches = new List<Tensor> { Branch("0.convs.0.0", "0.convs.0.1", x, 1, 1) };
        foreach (int rate in model.OutputStride == 16 || model.Head == Heads.Aspp2 ? Rates(6, 12, 18) : Rates(12, 24, 36))
            branches.Add(Branch($"0.convs.{branches.Count}.0", $"0.convs.{branches.Count}.1", x, 3, rate));
        if (model.Head == Heads.Aspp3)
        {
            Tensor pooled = Branch($"0.convs.{branches.Count}.1", $"0.convs.{branches.Count}.2", x.mean([2, 3], keepdim: true), 1, 1);
            branches.Add(nn.functional.interpolate(pooled, size: [x.shape[2], x.shape[3]], mode: InterpolationMode.Bilinear,
                align_corners: false));
        }

        return Branch("0.project.0", "0.project.1", cat(branches, 1), 1, 1);
    }

    private IReadOnlyList<int> Rates(params int[] usual) => model.Rates.Count > 0 ? model.Rates : usual;

    private Tensor Conv(string name, Tensor x, int channels, int kernel, int stride = 1, int dilation = 1, bool bias = false)
    {
        int pad = dilation * (kernel / 2);
        Tensor w = weight($"{name}.weight", [channels, x.shape[1], kernel, kernel]);
        return nn.functional.conv2d(x, w, bias ? weight($"{name}.bias", [channels]) : null, [stride, stride], [pad, pad],
            [dilation, dilation]);
    }

    private Tensor Norm(string name, Tensor x, bool training)
    {
        long[] channels = [x.shape[1]];
        return nn.functional.batch_norm(x, weight($"{name}.running_mean", channels), weight($"{name}.running_var", channels),
            weight($"{name}.weight", channels), weight($"{name}.bias", channels), training, 0.1, 1e-5);
    }
}
