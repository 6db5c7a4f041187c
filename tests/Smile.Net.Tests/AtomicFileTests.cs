using System.Diagnostics;

namespace Smile.Net.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-atomic-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Writes_a_new_file_and_replaces_an_old_one()
    {
        string path = Path.Combine(_folder, "a.json");
        AtomicFile.WriteText(path, "a longer first text, µ");
        AtomicFile.WriteText(path, "second");
        Assert.Equal("second"u8.ToArray(), File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_write_that_throws_half_way_leaves_the_old_file_and_no_temporary()
    {
        string path = Path.Combine(_folder, "a.bin");
        File.WriteAllText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[200_000]);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void The_final_name_is_absent_until_the_file_is_whole()
    {
        string path = Path.Combine(_folder, "a.bin");
        AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[200_000]);
            stream.Flush();
            Assert.False(File.Exists(path));
        });
        Assert.Equal(200_000, new FileInfo(path).Length);
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        string path = Path.Combine(_folder, "absent", "a.bin");
        var error = Assert.Throws<DataException>(() => AtomicFile.WriteText(path, "text"));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_without_space_gives_a_data_error_and_leaves_nothing()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "no /dev/full here");
        string path = Path.Combine(_folder, "a.bin");
        var error = Assert.Throws<DataException>(() => AtomicFile.Write(path, _ =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            full.Write(new byte[4096]);
        }));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_disk_that_fills_up_leaves_the_old_file_and_no_temporary()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", _folder),
            "a tmpfs cannot be mounted here (needs Linux and root)");
        try
        {
            string path = Path.Combine(_folder, "a.bin");
            AtomicFile.WriteText(path, "old");
            var error = Assert.Throws<DataException>(() => AtomicFile.Write(path, stream => stream.Write(new byte[1 << 20])));
            Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.Equal("old", File.ReadAllText(path));
            Assert.Equal([path], Directory.GetFiles(_folder));
        }
        finally
        {
            Run("umount", _folder);
        }
    }

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
