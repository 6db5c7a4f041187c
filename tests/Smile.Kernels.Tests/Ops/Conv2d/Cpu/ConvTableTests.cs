using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Tests.Ops.Conv2d.Cpu;

/// <summary>The table of measured convolutions: kept, refused, followed.</summary>
public sealed class ConvTableTests : IDisposable
{
    private static readonly ConvShape _dense = new(1, 12, 12, 16, 16, 3, Pad: 1), _strided = new(1, 12, 12, 16, 16, 3, Stride: 2, Pad: 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-table-").FullName;

    private string FilePath => Path.Combine(_folder, "cache", "table.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_is_read()
    {
        Table(new ConvChoice(_dense, ConvPass.Forward, 2, ConvAlgorithm.Winograd4)).Write(FilePath);
        ConvTable read = ConvTable.Read(FilePath);
        Assert.Equal(ConvAlgorithm.Winograd4, read.Find(_dense, ConvPass.Forward, 2));
        Assert.Null(read.Find(_dense, ConvPass.Forward, 1));
        Assert.Null(read.Find(_dense, ConvPass.InputGradient, 2));
        Assert.Null(read.Find(_dense with { Batch = 2 }, ConvPass.Forward, 2));
    }

    [Fact]
    public void What_was_measured_before_stays_unless_it_was_measured_anew()
    {
        Table(new(_dense, ConvPass.Forward, 1, ConvAlgorithm.Gemm), new(_strided, ConvPass.Forward, 1, ConvAlgorithm.Padded))
            .Write(FilePath);
        ConvTable joined = Table(new ConvChoice(_dense, ConvPass.Forward, 1, ConvAlgorithm.Winograd2)).Join(FilePath);
        Assert.Equal(ConvAlgorithm.Winograd2, joined.Find(_dense, ConvPass.Forward, 1));
        Assert.Equal(ConvAlgorithm.Padded, joined.Find(_strided, ConvPass.Forward, 1));
        Assert.Equal(2, joined.Choices.Count);
    }

    [Theory]
    [InlineData("\"Version\": 1", "\"Version\": 7", "version")]
    [InlineData("\"Winograd4\"", "\"Fft\"", "Fft")]
    [InlineData("\"Winograd4\"", "\"99\"", "99")]
    [InlineData("\"Winograd4\"", "\"PerTap\"", "PerTap")]
    [InlineData("\"Pass\": \"Forward\"", "\"Pass\": null", "cannot be used")]
    [InlineData("\"Choices\": [", "\"Choices\": [null,", "cannot be used")]
    [InlineData("}", "", "cannot be used")]
    public void A_file_that_is_damaged_is_named(string what, string with, string told)
    {
        Table(new ConvChoice(_dense, ConvPass.Forward, 1, ConvAlgorithm.Winograd4)).Write(FilePath);
        string text = File.ReadAllText(FilePath), changed = text.Replace(what, with, StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        File.WriteAllText(FilePath, changed);
        var error = Assert.Throws<BackendException>(() => ConvTable.Read(FilePath));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.Contains(FilePath, error.Message, StringComparison.Ordinal);
        Assert.Contains("devices --tune", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_convolution_that_stands_there_twice_is_damage()
    {
        Table(new(_dense, ConvPass.Forward, 1, ConvAlgorithm.Gemm), new(_dense, ConvPass.Forward, 2, ConvAlgorithm.Padded))
            .Write(FilePath);
        File.WriteAllText(FilePath, File.ReadAllText(FilePath).Replace("\"Threads\": 2", "\"Threads\": 1", StringComparison.Ordinal));
        var error = Assert.Throws<BackendException>(() => ConvTable.Read(FilePath));
        Assert.Contains("cannot be used", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_none_is_named()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        string path = Path.Combine(file, "table.json");
        Assert.Contains(path, Assert.Throws<BackendException>(() => Table().Write(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_machines_table_and_none_are_refused()
    {
        new ConvTable("another", MicroKernels.BestBits, []).Write(FilePath);
        Assert.Contains("measured on another", Assert.Throws<BackendException>(() => ConvTable.Read(FilePath)).Message,
            StringComparison.Ordinal);
        File.Delete(FilePath);
        foreach (string? none in (string?[])[FilePath, null])
        {
            var error = Assert.Throws<BackendException>(() => ConvTable.Read(none));
            Assert.Contains("devices --tune", error.Message, StringComparison.Ordinal);
        }

    }

    [Fact]
    public void The_backend_follows_the_table_and_for_the_rest_the_rule()
    {
        ConvTable table = Table(new ConvChoice(_dense, ConvPass.Forward, 2, ConvAlgorithm.Winograd2));
        Assert.Equal("winograd 2x2, measured", Algorithm(new SimdBackend(2, table), _dense, ConvPass.Forward));
        string rule = Algorithm(new SimdBackend(2), _dense, ConvPass.InputGradient);
        Assert.Equal(rule, Algorithm(new SimdBackend(2, table), _dense, ConvPass.InputGradient));
        rule = Algorithm(new SimdBackend(1), _dense, ConvPass.Forward);
        Assert.Equal(rule, Algorithm(new SimdBackend(1, table), _dense, ConvPass.Forward));
        Assert.Equal(Forward(new SimdBackend(2, convolution: ConvAlgorithm.Winograd2)), Forward(new SimdBackend(2, table)));
        Assert.NotEqual(Forward(new SimdBackend(2)), Forward(new SimdBackend(2, table)));
    }

    private static ConvTable Table(params ConvChoice[] choices) => new(Processor.This.Name, MicroKernels.BestBits, choices);

    private static string Algorithm(SimdBackend backend, ConvShape shape, ConvPass pass)
    {
        using (backend)
            return backend.ConvAlgorithmOf(shape, pass);
    }

    private static float[] Forward(SimdBackend backend)
    {
        using (backend)
        {
            var plan = new ArenaPlan();
            Place x = plan.Take(Arena.Activations, (int)_dense.InputCount), w = plan.Take(Arena.Weights, (int)_dense.WeightCount);
            Place y = plan.Take(Arena.Gradients, (int)_dense.OutputCount);
            backend.Reserve(plan);
            backend.Write(x, [.. Enumerable.Range(0, x.Length).Select(i => MathF.Sin(i))]);
            backend.Write(w, [.. Enumerable.Range(0, w.Length).Select(i => MathF.Cos(3 * i))]);
            backend.ConvForward(_dense, x, w, Place.None, y);
            var values = new float[y.Length];
            backend.Read(y, values);
            return values;
        }
    }
}
