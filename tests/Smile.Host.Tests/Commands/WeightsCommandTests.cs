namespace Smile.Host.Tests.Commands;

public sealed class WeightsCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-weights-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Another_ending_exits_2() => SmileCli.Fails(2, ["weights", "import", In("a.onnx"), "-o", In("b.bin")], ".safetensors");

    [Fact]
    public void Unknown_colours_exit_2() =>
        SmileCli.Fails(2, ["weights", "import", In("a.onnx"), "-o", In("b.safetensors"), "--colours", "grey"], "imagenet or bgr255");

    [Fact]
    public void An_unknown_backbone_exits_2() =>
        SmileCli.Fails(2, ["weights", "import", In("a.onnx"), "-o", In("b.safetensors"), "--backbone", "vgg16"], "vgg16");

    [Theory]
    [InlineData("a.onnx")]
    [InlineData("a.safetensors")]
    public void What_is_no_file_of_weights_exits_3(string name)
    {
        SmileCli.Fails(3, ["weights", "import", In(name), "-o", In("b.safetensors")], name);
        File.WriteAllText(In(name), "These are no weights.");
        SmileCli.Fails(3, ["weights", "import", In(name), "-o", In("b.safetensors")], name);
        File.WriteAllText(In(name), "");
        SmileCli.Fails(3, ["weights", "import", In(name), "-o", In("b.safetensors")], name);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
