using System.Diagnostics;
using Smile.Host.Cases;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Cases;

public sealed class CaseMemoryTests
{
    [Fact]
    public void What_does_not_fit_is_refused_with_both_sizes()
    {
        CaseMemory.Check(2, voxels: 200, bytes: 1000, available: 1000);
        CaseMemory.Check(0, voxels: 0, bytes: 0);
        var refused = Assert.Throws<DataException>(() =>
            CaseMemory.Check(812, voxels: 40L << 30, bytes: 100d * (1 << 30), available: 24L << 30));
        Assert.Contains("812 cases", refused.Message, StringComparison.Ordinal);
        Assert.Contains("at 2.5 bytes a voxel that is 100.0 GiB", refused.Message, StringComparison.Ordinal);
        Assert.Contains("24.0 GiB", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_beyond_64_bits_are_refused_too() =>
        Assert.Throws<DataException>(() => CaseMemory.Check(1, long.MaxValue, 2.2 * long.MaxValue, available: long.MaxValue));

    [Fact]
    public void A_loaded_case_counts_by_what_it_holds()
    {
        Geometry grid = Geometry.Regular(2, 10, 10, 2, 1, 1);
        CaseData Case(float hu) => new("a", new Volume(grid, [.. Enumerable.Repeat(hu, 200)]), new byte[200], annotated: 0);
        Assert.Equal(2.2 * 200, CaseMemory.Bytes(Case(40), rounds: false), 1e-9);
        Assert.Equal(2.5 * 200, CaseMemory.Bytes(Case(40), rounds: true), 1e-9);
        Assert.Equal(4.2 * 200, CaseMemory.Bytes(Case(40.5f), rounds: false), 1e-9);
        Assert.Equal(2.2 * 200, CaseMemory.Bytes("a", grid, spacing: null, rounds: false), 1e-9);
        Assert.Equal(4.5 * 50, CaseMemory.Bytes("a", grid, new PlaneSpacing(2, 2), rounds: true), 1e-9);
    }

    [Fact]
    public void Train_refuses_by_the_headers_alone()
    {
        using var data = new TinyDataset();
        byte[] promise = NiftiBytes.Gzip(new NiftiBytes { Version = 2, Sizes = [1290, 1290, 1290] }.Header(544));
        foreach (string id in new[] { "case_0", "case_1", "case_2", "case_3" })
            File.WriteAllBytes(data.Image(id), promise);
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "smile.exe" : "smile"),
            run = Path.Combine(data.Folder, "run");
        using var process = Process.Start(new ProcessStartInfo(program, ["train", "--data", data.Folder, "-o", run, "--steps", "1"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_GCHeapHardLimit"] = "0x40000000" },
        })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(3, process.ExitCode);
        Assert.Contains("case_0: 2,146,689,000 voxels take 14.0 GiB while they are packed, and this process may use 1.0 GiB.", error,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(run));
    }
}
