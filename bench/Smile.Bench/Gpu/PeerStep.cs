using System.Text.Json;
using Smile.Net;

namespace Smile.Bench.Gpu;

/// <summary>What bench/peers/torch_step.py measured: one training step in PyTorch, in milliseconds, medians.</summary>
/// <param name="Device">torch.cuda.get_device_name().</param>
/// <param name="Torch">Version.</param>
/// <param name="Backbone">resnet18.</param>
/// <param name="Batch">Images.</param>
/// <param name="Size">Rows and columns.</param>
/// <param name="Organs">Heads.</param>
/// <param name="Precision">fp32, tf32 or bf16.</param>
/// <param name="EagerMilliseconds">As written.</param>
/// <param name="CompiledMilliseconds">With torch.compile; null where it failed.</param>
internal sealed record PeerStep(string Device, string Torch, string Backbone, int Batch, int Size, int Organs, string Precision,
    double EagerMilliseconds, double? CompiledMilliseconds)
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Reads the file.</summary>
    /// <exception cref="DataException">It is not what the script writes.</exception>
    public static PeerStep Read(string path)
    {
        PeerStep? step;
        try
        {
            step = JsonSerializer.Deserialize<PeerStep>(File.ReadAllText(path), _json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new DataException($"{path}: {e.Message} Write it with bench/peers/torch_step.py.", e);
        }

        if (step is null || !(step.EagerMilliseconds > 0) || step.CompiledMilliseconds is { } compiled && !(compiled > 0))
            throw new DataException($"{path}: times must be above zero. Write it with bench/peers/torch_step.py.");
        return step;
    }

    /// <summary>
    /// Throws where this is another problem, precision or device than the one that is timed beside it: a ratio would compare nothing.
    /// </summary>
    /// <exception cref="DataException">It names the first difference.</exception>
    public void Match(StepShape shape, string precision, string device)
    {
        Equal("backbone", Backbone, shape.Backbone);
        Equal("batch", Batch, shape.Batch);
        Equal("size", Size, shape.Size);
        Equal("organs", Organs, shape.Organs);
        Equal("precision", Precision, precision);
        Equal("device", Device, device);

        static void Equal<T>(string name, T theirs, T ours)
        {
            if (!EqualityComparer<T>.Default.Equals(theirs, ours))
                throw new DataException($"The peer's {name} is {theirs}, here it is {ours}: measure both on the same machine and problem.");
        }
    }
}

/// <summary>The training step that is timed.</summary>
internal sealed record StepShape(string Backbone, int Batch, int Size, int Organs)
{
    /// <summary>DeepLab ResNet-18, 8 x 128 x 128 x 1, three heads.</summary>
    public static StepShape Full { get; } = new("resnet18", 8, 128, 3);
}
