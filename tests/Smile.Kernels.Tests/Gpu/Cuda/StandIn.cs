using System.ComponentModel;
using System.Diagnostics;

namespace Smile.Kernels.Tests.Gpu.Cuda;

/// <summary>A library in C in place of NVIDIA's, made in a folder of its own: it writes into a file what it was called with last.</summary>
internal sealed class StandIn : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-stand-in-").FullName;

    /// <summary>What it was called with last.</summary>
    public string Call => File.ReadAllText(Path.Combine(_folder, "calls"));

    /// <summary>A path where no library is.</summary>
    public string Missing => Path.Combine(_folder, "none.so");

    /// <summary>Defines the macro CALLS, the file for its calls.</summary>
    public string Header => $"#define CALLS \"{_folder}/calls\"\n";

    /// <summary>The source in a file beside the tests, which finds the file for its calls in the macro CALLS.</summary>
    public string Source(params string[] file) => Header + File.ReadAllText(Path.Combine([AppContext.BaseDirectory, .. file]));

    /// <summary>The library's path; the test is skipped where there is no compiler.</summary>
    public string Compile(string source)
    {
        string file = Path.Combine(_folder, "standin.c"), library = Path.Combine(_folder, $"lib{Guid.NewGuid():N}.so");
        File.WriteAllText(file, source);
        Process? gcc = null;
        try
        {
            string[] arguments = ["-shared", "-fPIC", "-Wall", "-Werror", "-o", library, file];
            gcc = Process.Start(new ProcessStartInfo("gcc", arguments) { RedirectStandardError = true });
        }
        catch (Win32Exception)
        {
            Assert.Skip("gcc is not installed");
        }

        string errors = gcc!.StandardError.ReadToEnd();
        gcc.WaitForExit();
        Assert.True(gcc.ExitCode == 0, errors);
        return library;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
