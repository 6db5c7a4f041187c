using Smile.Bench.Ptx;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Net;
using Smile.Net.Settings;

namespace Smile.Bench.Gpu;

/// <summary>
/// <c>gpu</c>: every kernel checked and timed on a real device; the report goes to bench/results/(device)/(date)-(commit).md.
/// </summary>
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
                Console.Error.WriteLine($"gpu takes --peer FILE and --precision {string.Join('|', Precisions.All)}, "
                    + $"not '{string.Join(' ', args[i..])}'.");
                return 2;
            }
        }

        try
        {
            string device = FindDevice();
            PeerStep? peer = peerFile is null ? null : PeerStep.Read(peerFile);
            using var text = new StringWriter();
            bool right = new GpuReport(() => CudaRuntime.Open(0), device, measures: true, text)
                .Run(KernelCases.Full.All(), StepShape.Full, Precisions.Parse(precision, "--precision"), peer);
            Console.Write(text);
            string name = string.Concat(device.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));
            string folder = Results.Folder(name), command = string.Join(' ', args.Prepend("gpu"));
            string report = $"# {device}, commit {Results.Commit()}\n\n"
                + $"`dotnet run -c Release --project bench/Smile.Bench -- {command}`\n\n{text}";
            Console.WriteLine($"Written to {Results.Write(folder, ".md", report)}");
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
            throw new BackendException($"There is no GPU to measure on: {found.Reason}. Nothing was measured. "
                + "The emulator counts the same kernels without one.");
        using CudaRuntime runtime = CudaRuntime.Open(0);
        return runtime.Name["cuda:0 ".Length..];
    }
}
