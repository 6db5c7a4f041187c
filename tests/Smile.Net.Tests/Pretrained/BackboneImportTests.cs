using Smile.Kernels.Backend;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Onnx;
using Smile.Net.Pretrained;
using Smile.Net.Settings;
using Smile.Net.Tests.Onnx;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Pretrained;

public sealed class BackboneImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("resnet18", Heads.Aspp2)]
    [InlineData("resnet50", Heads.Conv)]
    public void What_was_exported_as_ONNX_is_imported_bit_by_bit(string backbone, string head)
    {
        string checkpoint = In("model.safetensors"), onnx = In("model.onnx"), output = In("backbone.safetensors");
        RandomModel.Save(checkpoint, new RunSettings { Model = new ModelSettings { Backbone = backbone, Head = head } }, seed: 3);
        OnnxExport.Write(checkpoint, onnx, keepNorm: true);
        ImportedBackbone imported = BackboneImport.Write(onnx, output, backbone, ImageColours.ImageNet);
        Assert.Empty(imported.Dropped);
        using Safetensors before = Safetensors.Open(checkpoint), after = Safetensors.Open(output);
        Assert.Equal(before.Tensors.Count(tensor => !tensor.Name.StartsWith("classifier", StringComparison.Ordinal)), imported.Tensors);
        Assert.Equal(imported.Tensors, after.Tensors.Count);
        foreach (TensorEntry tensor in after.Tensors)
            Assert.Equal(before.ReadFloats(tensor.Name), after.ReadFloats(tensor.Name));

        // And it is what a run may begin from.
        using var network = new Network(new ModelSettings { Backbone = backbone }, 1, 32, 32, 1, 3, NetworkUse.Inference,
            Backends.Open("scalar"));
        LoadReport report = NetworkWeights.Load(output, network, partial: true);
        Assert.Equal(imported.Tensors, report.Loaded.Count);
        Assert.All(report.Missing, name => Assert.StartsWith("classifier", name, StringComparison.Ordinal));
    }

    [Fact]
    public void Folded_normalisations_are_refused()
    {
        RandomModel.Save(In("model.safetensors"), new RunSettings { Model = new ModelSettings { Backbone = "resnet18" } }, seed: 3);
        OnnxExport.Write(In("model.safetensors"), In("model.onnx"));
        Refused(In("model.onnx"), "resnet18", "no convolution with a normalisation of its own");
    }

    [Theory]
    [InlineData("imagenet")]
    [InlineData("bgr255")]
    public void The_first_layer_answers_grey_as_the_colours_first_layer_did(string name)
    {
        ImageColours colours = ImageColours.All.Single(each => each.Name == name);
        Write(In("colour.safetensors"), tensor => tensor, "module.");
        BackboneImport.Write(In("colour.safetensors"), In("grey.safetensors"), "resnet18", colours);
        using Safetensors before = Safetensors.Open(In("colour.safetensors")), after = Safetensors.Open(In("grey.safetensors"));
        Assert.Equal([64, 1, 7, 7], after.Tensors.Single(tensor => tensor.Name == "conv1.weight").Shape);
        float[] weight = before.ReadFloats("module.conv1.weight"), grey = after.ReadFloats("conv1.weight");
        float[] mean = before.ReadFloats("module.bn1.running_mean"), greyMean = after.ReadFloats("bn1.running_mean");
        Assert.Equal(before.ReadFloats("module.layer4.1.conv2.weight"), after.ReadFloats("layer4.1.conv2.weight"));

        // A patch of grey values 0 .. 255, as the colour network had it, and as CT's window gives it.
        var random = new Random(5);
        double[] patch = [.. Enumerable.Range(0, 49).Select(_ => 255 * random.NextDouble())];
        for (int o = 0; o < 64; o++)
        {
            double expected = -mean[o], actual = -greyMean[o];
            for (int t = 0; t < 49; t++)
            {
                actual += grey[o * 49 + t] * (patch[t] / 127.5 - 1);
                for (int c = 0; c < 3; c++)
                    expected += weight[(o * 3 + c) * 49 + t] * Colour(name, c, patch[t]);
            }

            Assert.Equal(expected, actual, 1e-4 * (1 + Math.Abs(expected)));
        }
    }

    [Fact]
    public void Blocks_beyond_the_backbones_are_dropped_and_told()
    {
        Write(In("more.safetensors"), tensor => tensor, "", ("layer4.2.conv1.weight", [512, 512, 3, 3]), ("fc.weight", [10, 512]));
        ImportedBackbone imported = BackboneImport.Write(In("more.safetensors"), In("out.safetensors"), "resnet18", ImageColours.ImageNet);
        Assert.Equal(["layer4.2"], imported.Dropped);
        Assert.Equal(100, imported.Tensors);
    }

    [Fact]
    public void Another_network_is_refused_by_its_first_tensor()
    {
        Write(In("other.safetensors"), tensor => tensor, "");
        Refused(In("other.safetensors"), "resnet50", "is no resnet50");
        Write(In("less.safetensors"), tensor => tensor.Name == "layer2.0.bn1.bias" ? null : tensor, "");
        Refused(In("less.safetensors"), "resnet18", "layer2.0.bn1.bias [128], not found");
        Write(In("bad.safetensors"),
            tensor => tensor.Name == "layer2.0.bn1.bias" ? tensor with { Values = NaN(tensor.Values) } : tensor, "");
        Refused(In("bad.safetensors"), "resnet18", "layer2.0.bn1.bias has values that are not finite");
    }

    private static float[] NaN(float[] values)
    {
        values[^1] = float.NaN;
        return values;
    }

    private static double Colour(string name, int channel, double grey) => name == "imagenet"
        ? (grey / 255 - new[] { 0.485, 0.456, 0.406 }[channel]) / new[] { 0.229, 0.224, 0.225 }[channel]
        : grey - new[] { 103.939, 116.779, 123.68 }[channel];

    private void Refused(string path, string backbone, string message)
    {
        var e = Assert.Throws<DataException>(() => BackboneImport.Write(path, In("refused.safetensors"), backbone, ImageColours.ImageNet));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(In("refused.safetensors")));
    }

    /// <summary>A ResNet-18 of colour images with random weights.</summary>
    private static void Write(
        string path, Func<NamedTensor, NamedTensor?> change, string prefix, params (string Name, int[] Shape)[] more)
    {
        using var network = new Network(new ModelSettings { Backbone = "resnet18", Head = Heads.Conv }, 1, 32, 32, 3, 1,
            NetworkUse.Inference, Backends.Open("scalar"));
        var rng = new Rng(4);
        SafetensorsWriter.Write(path, network.Parameters.Select(p => (p.Name, Shape: p.Shape.ToArray())).Concat(more)
            .Select(each => new NamedTensor(each.Name, each.Shape,
                [.. Enumerable.Range(0, each.Shape.Aggregate((a, b) => a * b)).Select(_ => (float)rng.Normal())]))
            .Select(change).OfType<NamedTensor>()
            .Select(tensor => TensorSource.Floats(prefix + tensor.Name, tensor.Shape, () => tensor.Values)),
            new Dictionary<string, string>());
    }

    private string In(string name) => Path.Combine(_folder, name);
}
