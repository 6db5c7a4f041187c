namespace Smile.Bench;

/// <summary>What a measurement was made on.</summary>
internal static class Machine
{
    /// <summary>The processor's name as Linux tells it.</summary>
    public static string Processor() => File.Exists("/proc/cpuinfo")
        && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line.Split(':')[1].Trim() : "unknown processor";
}
