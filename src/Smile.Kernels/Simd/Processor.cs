using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace Smile.Kernels.Simd;

/// <summary>The processor that runs this, as far as it tells.</summary>
/// <param name="Name">Model, with family and model number where Linux tells them: two generations may have one name.</param>
/// <param name="Cores">Hardware threads that the process may use.</param>
/// <param name="VectorBits">Widest vectors of the micro-kernels.</param>
/// <param name="CoreCacheBytes">Second-level cache of a core; 0: unknown.</param>
/// <param name="SharedCacheBytes">Last-level cache; 0: unknown.</param>
internal sealed record Processor(string Name, int Cores, int VectorBits, long CoreCacheBytes, long SharedCacheBytes)
{
    private const string CpuInfo = "/proc/cpuinfo", Caches = "/sys/devices/system/cpu/cpu0/cache";

    public static Processor This { get; } =
        new(NameOf(), Environment.ProcessorCount, MicroKernels.BestBits, CacheBytes(2), CacheBytes(3));

    private static string NameOf()
    {
        if (!File.Exists(CpuInfo))
            return X86Base.IsSupported ? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "x86-64" : "not x86-64";
        string[] lines = [.. File.ReadLines(CpuInfo).TakeWhile(line => line.Length > 0)];
        string name = ValueOf(lines, "model name"), family = ValueOf(lines, "cpu family"), model = ValueOf(lines, "model");
        return family.Length > 0 ? $"{name}, family {family}, model {model}" : name.Length > 0 ? name : "unknown";
    }

    private static string ValueOf(string[] lines, string key) =>
        lines.Select(line => line.Split(':', 2)).FirstOrDefault(parts => parts.Length == 2 && parts[0].Trim() == key)?[1].Trim() ?? "";

    /// <summary>Of the unified cache of a level, from a file such as "1024K".</summary>
    private static long CacheBytes(int level)
    {
        try
        {
            foreach (string folder in Directory.Exists(Caches) ? Directory.GetDirectories(Caches, "index*") : [])
            {
                if (Read("level") != level.ToString(CultureInfo.InvariantCulture) || Read("type") != "Unified")
                    continue;
                string size = Read("size");
                return long.TryParse(size.TrimEnd('K', 'M'), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
                    ? value << (size.EndsWith('K') ? 10 : size.EndsWith('M') ? 20 : 0) : 0;

                string Read(string file) => File.ReadAllText(Path.Combine(folder, file)).Trim();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A container may hide it: then it is not known.
        }

        return 0;
    }
}
