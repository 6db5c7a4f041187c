namespace Smile.Host.Tests.Commands;

public sealed class ExportCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-export-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_shipped_model_is_written_and_what_it_needs_is_told()
    {
        string output = Path.Combine(_folder, "new", "model.onnx");
        var result = SmileCli.Run("export", "-o", output);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.StartsWith($"{output}: ", result.Out, StringComparison.Ordinal);
        Assert.Contains("4.163 x 4.163 mm", result.Error, StringComparison.Ordinal);
        Assert.Contains("nothing but phantoms", result.Error, StringComparison.Ordinal);
        // The weights are float32 in both files; the settings stand beside them.
        long weights = new FileInfo(Path.Combine(Architecture.SourceFiles.At("weights"), "phantom-tiny.safetensors")).Length;
        Assert.InRange(new FileInfo(output).Length, weights * 0.9, weights * 1.1);
    }

    [Fact]
    public void Bad_input_is_refused_by_name()
    {
        string none = Path.Combine(_folder, "none"), text = Path.Combine(_folder, "text.safetensors");
        File.WriteAllText(text, "no safetensors");
        SmileCli.Fails(2, ["export", none, "-o", Path.Combine(_folder, "model.onnx")], none, "no such file or folder");
        SmileCli.Fails(2, ["export", _folder, "-o", Path.Combine(_folder, "model.onnx")], _folder, "holds no checkpoint");
        SmileCli.Fails(2, ["export", "-o", Path.Combine(_folder, "model.bin")], "model.bin", ".onnx");
        SmileCli.Fails(3, ["export", text, "-o", Path.Combine(_folder, "model.onnx")], text);
        SmileCli.Fails(3, ["export", "-o", Path.Combine(text, "model.onnx")], text);
        Assert.Equal([text], Directory.GetFileSystemEntries(_folder));
    }
}
