using Smile.Kernels.Tests.Golden;
using Smile.Net.Tests.Golden;
using TorchSharp;

namespace Smile.Bench.Golden;

/// <summary>
/// Writes the golden files that the tests read. Everything is computed in float64, so that the tests' tolerances are for
/// this project's rounding alone.
/// </summary>
internal static class GoldenCommand
{
    public static int Run(string folder)
    {
        Directory.CreateDirectory(folder);
        string version = typeof(torch).Assembly.GetName().Version!.ToString(3);
        string origin = $"bench/Smile.Bench -- golden FOLDER; TorchSharp {version}, float64; "
            + "each input is Seeded.Floats(name of the tensor)";
        Write("conv.json", ConvGolden.Add);
        Write("ops.json", OpGolden.Add);
        foreach (NetCase c in NetCases.All)
            NetGolden.Write(c, folder, origin);
        return 0;

        void Write(string name, Action<GoldenFile> add)
        {
            var file = new GoldenFile(origin);
            add(file);
            string path = Path.Combine(folder, name);
            file.Write(path);
            Console.WriteLine($"{path}: {file.Tensors.Count} tensors, {new FileInfo(path).Length} bytes");
        }
    }
}
