using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Smile.Bench;

/// <summary>
/// A folder for what a measurement writes. It is deleted when the measurement ends, by Ctrl+C and SIGTERM too, with the program that is
/// being measured: a thousand slices left behind by each run that was stopped fill a disk.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly Action<int> _exit;
    private Process? _measured;

    /// <param name="prefix">Of its name.</param>
    /// <param name="exit">Ends this process with an exit code; a test takes its place.</param>
    public ScratchFolder(string prefix, Action<int>? exit = null)
    {
        _exit = exit ?? Environment.Exit;
        Path = Directory.CreateTempSubdirectory(prefix).FullName;
        _signals = [.. new[] { (PosixSignal.SIGINT, 130), (PosixSignal.SIGTERM, 143) }.Select(signal =>
            PosixSignalRegistration.Create(signal.Item1, context =>
            {
                context.Cancel = true;
                Stop(signal.Item2);
            }))];
    }

    public string Path { get; }

    /// <summary>A folder in it, made where absent.</summary>
    public string Folder(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    /// <summary>Has a process die with the measurement.</summary>
    public void Own(Process process) => _measured = process;

    /// <summary>
    /// What a signal does. Whoever disposes of the folder meanwhile, because the measured program died, waits for the end.
    /// </summary>
    internal void Stop(int exitCode)
    {
        lock (_lock)
        {
            try
            {
                _measured?.Kill(entireProcessTree: true);
                _measured?.WaitForExit();
            }
            catch (InvalidOperationException)
            {
                // It has ended, or was disposed of.
            }

            Delete();
            _exit(exitCode);
        }
    }

    public void Dispose()
    {
        lock (_lock)
            Delete();
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
    }

    /// <summary>Another thread may be writing a last file.</summary>
    private void Delete()
    {
        for (int tries = 1; Directory.Exists(Path); tries++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException) when (tries < 100)
            {
                Thread.Sleep(10);
            }
        }
    }
}
