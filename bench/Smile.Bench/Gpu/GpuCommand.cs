using System.Diagnostics;
using System.Globalization;
using Smile.Bench.Ptx;
using Smile.Kernels;
using Smile.Net;
using Smile.Net.Training;

namespace Smile.Bench.Gpu;

/// <summary><c>gpu</c>: every kernel checked and timed on a real device; the report goes to bench/results/(device)/(date)-(commit).md.</summary>
internal static class GpuCommand
{
    /// <summary>0; 2 for a bad command line, 3 for a bad peer file, 4 where there is no GPU, 6 where a result is wrong.</summary>
    public static int Run(string[] args)
    {
        string? peerFile = null;
        string precision = Precisions.Fp32;
        for (int i = 0; i < args.Length; i += 2)
        {
            bool known = i + 1 < args.Length && args[i] switch
            {
                "--peer" => (peerFile = args[i + 1]).Length > 0,
                "--precision" => Precisions.All.Contains(precision = args[i + 1]),
                _ => false,
            };
            if (!known)
            {
                Console.Error.WriteLine($"gpu takes --peer FILE and --precision {string.Join('|', Precisions.All)}, not '{string.Join(' ', args[i..])}'.");
                return 2;
            }
        }

        try
        {
            string device = FindDevice();
            PeerStep? peer = peerFile is null ? null : PeerStep.Read(peerFile);
            using var text = new StringWriter();
            bool right = new GpuReport(() => CudaRuntime.Open(0), device, measures: true, text).Run(KernelCases.Full.All(), StepShape.Full, Precisions.Parse(precision, "--precision"), peer);
            Console.Write(text);
            Console.WriteLine($"Written to {Write(device, string.Join(' ', args), text.ToString())}");
            return right ? 0 : 6;
        }
        catch (Exception e) when (e is BackendException or SmileException)
        {
            Console.Error.WriteLine(e.Message);
            return e is SmileException smile ? smile.ExitCode : 4;
        }
    }

    /// <summary>The driver's name of the first device, without our number before it.</summary>
    /// <exception cref="BackendException">There is none.</exception>
    public static string FindDevice()
    {
        DeviceInfo found = GpuDevices.Cuda()[0];
        if (!found.Available)
            throw new BackendException($"There is no GPU to measure on: {found.Reason}. Nothing was measured. The emulator counts the same kernels without one.");
        using CudaRuntime runtime = CudaRuntime.Open(0);
        return runtime.Name["cuda:0 ".Length..];
    }

    private static string Write(string device, string options, string report)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Smile.sln")))
            root = Path.GetDirectoryName(root) ?? throw new ConfigException("bench/results is found from Smile.sln, which lies in no folder above the program: run it from the repository.");
        string commit = Git(root, "rev-parse --short HEAD") + (Git(root, "status --porcelain --untracked-files=no").Length > 0 ? "-changed" : "");
        string folder = Path.Combine(root, "bench", "results", string.Concat(device.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')));
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}-{commit}.md"));
        File.WriteAllText(path + ".tmp", $"# {device}, commit {commit}\n\n`dotnet run -c Release --project bench/Smile.Bench -- gpu {options}`\n\n{report}");
        File.Move(path + ".tmp", path, overwrite: true);
        return path;
    }

    private static string Git(string folder, string arguments)
    {
        using Process git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        string output = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return output;
    }
}
