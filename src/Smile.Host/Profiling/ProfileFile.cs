using System.Text.Json;
using Smile.Net;
using Smile.Net.Layers;
using Smile.Net.Training;

namespace Smile.Host.Profiling;

/// <summary>A profile as a file, to compare a later one with.</summary>
internal static class ProfileFile
{
    /// <summary>Writes it.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(string path, StepProfile profile) => IndentedJson.Write(path, json =>
    {
        json.WriteStartObject();
        json.WriteString("smile", SmileVersion.Text);
        json.WriteString("backend", profile.Backend);
        json.WriteNumber("steps", profile.Steps);
        json.WriteNumber("weights", profile.Weights);
        json.WriteNumber("device_bytes", profile.DeviceBytes);
        json.WriteNumber("step_ms", profile.Whole);
        json.WriteNumber("input_ms", profile.Input);
        json.WriteNumber("waiting_ms", profile.Waiting);
        json.WriteNumber("loss_ms", profile.Loss);
        json.WriteNumber("update_ms", profile.Update);
        json.WriteStartArray("layers");
        foreach (LayerTime layer in profile.Layers)
        {
            json.WriteStartObject();
            json.WriteString("name", layer.Name);
            json.WriteString("pass", Text(layer.Pass));
            json.WriteString("output", layer.Output);
            json.WriteString("computed_by", layer.Algorithm);
            json.WriteNumber("flop", layer.Cost.Flops);
            json.WriteNumber("bytes", layer.Cost.Bytes);
            json.WriteNumber("ms", layer.Milliseconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Milliseconds of the step and of each layer's passes in a file that <see cref="Write"/> made.</summary>
    /// <exception cref="DataException">It cannot be read, or is none.</exception>
    public static (double Step, IReadOnlyDictionary<(string Layer, Pass Pass), double> Layers) Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            JsonElement root = document.RootElement;
            var layers = new Dictionary<(string, Pass), double>();
            foreach (JsonElement row in root.GetProperty("layers").EnumerateArray())
            {
                Pass pass = row.GetProperty("pass").GetString() == Text(Pass.Forward) ? Pass.Forward : Pass.Backward;
                layers[(row.GetProperty("name").GetString() ?? "", pass)] = row.GetProperty("ms").GetDouble();
            }

            return (root.GetProperty("step_ms").GetDouble(), layers);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            throw new DataException($"{path}: cannot be read as a profile: {e.Message} 'smile profile --json FILE' writes one.", e);
        }
    }

    /// <summary>"forward" or "backward".</summary>
    public static string Text(Pass pass) => pass == Pass.Forward ? "forward" : "backward";
}
