using System.Diagnostics;
using Smile.Bench;

namespace Smile.PtxEmulator.Tests.Reports;

public sealed class ScratchFolderTests
{
    [Fact]
    public void It_is_gone_when_the_measurement_ends()
    {
        var scratch = new ScratchFolder("smile-scratch-", _ => Assert.Fail("no signal came"));
        File.WriteAllText(Path.Combine(scratch.Folder("in"), "slice"), "");
        scratch.Dispose();
        Assert.False(Directory.Exists(scratch.Path));
        scratch.Dispose();
    }

    [Fact]
    public void A_signal_ends_the_measured_program_and_leaves_nothing_behind()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "another sleep");
        int exitCode = 0;
        using var scratch = new ScratchFolder("smile-scratch-", code => exitCode = code);
        using Process measured = Process.Start("sleep", "600");
        scratch.Own(measured);
        File.WriteAllText(Path.Combine(scratch.Folder("in"), "slice"), "");
        scratch.Stop(143);
        Assert.Equal((143, true, false), (exitCode, measured.HasExited, Directory.Exists(scratch.Path)));
    }

    [Fact]
    public void A_program_that_has_ended_does_not_keep_the_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "another sleep");
        int exitCode = 0;
        using var scratch = new ScratchFolder("smile-scratch-", code => exitCode = code);
        using (Process measured = Process.Start("sleep", "0"))
        {
            scratch.Own(measured);
            measured.WaitForExit();
        }

        scratch.Stop(130);
        Assert.Equal((130, false), (exitCode, Directory.Exists(scratch.Path)));
    }

    /// <summary>
    /// While a signal is dealt with, the measurement waits: its exit code and messages would be those of a program that was killed.
    /// </summary>
    [Fact]
    public async Task Who_disposes_during_a_signal_waits_for_the_end()
    {
        using var ending = new ManualResetEventSlim();
        using var mayEnd = new ManualResetEventSlim();
        var scratch = new ScratchFolder("smile-scratch-", _ =>
        {
            ending.Set();
            mayEnd.Wait();
        });
        Task signal = Task.Run(() => scratch.Stop(143), TestContext.Current.CancellationToken);
        ending.Wait(TestContext.Current.CancellationToken);
        Task disposal = Task.Run(scratch.Dispose, TestContext.Current.CancellationToken);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(disposal.IsCompleted);
        mayEnd.Set();
        await Task.WhenAll(signal, disposal);
    }
}
