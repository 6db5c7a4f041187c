using System.Text.Json;
using Smile.Net;
using Smile.Net.Training;

namespace Smile.Host.Profiling;

/// <summary>A step as a trace that chrome://tracing and ui.perfetto.dev show (Trace Event Format: complete events, microseconds).</summary>
internal static class ChromeTrace
{
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(string path, StepProfile profile) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        var layers = profile.Layers.ToDictionary(layer => (layer.Name, ProfileFile.Text(layer.Pass)));
        foreach (TraceEvent each in profile.Trace)
        {
            json.WriteStartObject();
            json.WriteString("name", each.Name);
            json.WriteString("cat", each.Part);
            json.WriteString("ph", "X");
            json.WriteNumber("ts", 1e3 * each.Start);
            json.WriteNumber("dur", 1e3 * each.Milliseconds);
            json.WriteNumber("pid", 1);
            json.WriteNumber("tid", 1);
            if (layers.TryGetValue((each.Name, each.Part), out LayerTime? layer))
            {
                json.WriteStartObject("args");
                json.WriteString("output", layer.Output);
                json.WriteString("computed by", layer.Algorithm);
                json.WriteNumber("GFLOP/s", layer.Cost.Flops / each.Milliseconds / 1e6);
                json.WriteNumber("GB/s", layer.Cost.Bytes / each.Milliseconds / 1e6);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
