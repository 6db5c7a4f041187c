using System.Diagnostics;
using Smile.Kernels.Gpu.Cuda;

namespace Smile.Bench.Ptx.Machine;

/// <summary>NVIDIA's ptxas and nvdisasm on this machine. They need no GPU and no driver.</summary>
/// <param name="Folder">Where both lie.</param>
internal sealed record NvidiaTools(string Folder)
{
    private const string Home = "CUDA_HOME";

    /// <summary>
    /// The tools of CUDA_HOME where that is set, else of PATH, else those that bench/nvidia-compiler.sh keeps; null, and why, where there
    /// are none.
    /// </summary>
    public static NvidiaTools? Find(out string why)
    {
        why = "";
        if (Environment.GetEnvironmentVariable(Home) is { Length: > 0 } home)
        {
            why = $"{Home} is {home}, and has no bin/ptxas and bin/nvdisasm";
            return In(Path.Combine(home, "bin"));
        }

        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        NvidiaTools? found = folders.Select(In).FirstOrDefault(tools => tools is not null)
            ?? (PtxCache.Root() is { } cache ? In(Path.Combine(cache, "nvidia-compiler")) : null);
        why = found is null ? $"neither {Home} nor PATH has ptxas and nvdisasm; bash bench/nvidia-compiler.sh brings them" : "";
        return found;
    }

    /// <summary>The compiler's release, as it says itself.</summary>
    public string Release() => Run("ptxas", "--version").Split('\n')
        .FirstOrDefault(line => line.Contains("release", StringComparison.Ordinal))?.Trim() ?? "ptxas of an unknown release";

    /// <summary>Compiles a module with one kernel.</summary>
    /// <param name="ptx">The module.</param>
    /// <param name="architecture">For example "sm_90".</param>
    /// <param name="options">More options of ptxas.</param>
    /// <exception cref="InvalidOperationException">ptxas refuses it, with what it says.</exception>
    public Cubin Compile(string ptx, string architecture, params string[] options)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("smile-ptxas-");
        try
        {
            string source = Path.Combine(scratch.FullName, "kernel.ptx"), result = Path.Combine(scratch.FullName, "kernel.cubin");
            File.WriteAllText(source, ptx);
            string log = Run("ptxas", ["-v", $"-arch={architecture}", .. options, source, "-o", result]);
            return Cubin.Read(File.ReadAllBytes(result), log);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>Machine code as nvdisasm writes it, each instruction with its bits and its line of the PTX.</summary>
    /// <param name="cubin">Compiled with --generate-line-info.</param>
    public string Disassemble(Cubin cubin)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("smile-nvdisasm-");
        try
        {
            string file = Path.Combine(scratch.FullName, "kernel.cubin");
            File.WriteAllBytes(file, cubin.File);
            return Run("nvdisasm", "-hex", "-c", "--print-line-info-ptx", file);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static NvidiaTools? In(string folder) =>
        File.Exists(Path.Combine(folder, "ptxas")) && File.Exists(Path.Combine(folder, "nvdisasm")) ? new NvidiaTools(folder) : null;

    private string Run(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Folder, tool), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{tool} {string.Join(' ', arguments)}: {text.Trim()}");
    }
}
