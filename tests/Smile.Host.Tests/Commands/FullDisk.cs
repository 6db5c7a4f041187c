using System.Diagnostics;

namespace Smile.Host.Tests.Commands;

/// <summary>A file system of a few kilobytes, to run out of space on.</summary>
internal sealed class FullDisk : IDisposable
{
    private FullDisk(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Mounts one in a new folder; null where that is not allowed.</summary>
    public static FullDisk? Mount(string parent, int kilobytes)
    {
        string folder = Directory.CreateDirectory(Path.Combine(parent, "disk")).FullName;
        bool mounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", folder);
        return mounted ? new FullDisk(folder) : null;
    }

    public void Dispose() => Run("umount", Folder);

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
