using System.ComponentModel;
using System.Diagnostics;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Programs that others wrote.</summary>
internal static class Tool
{
    /// <summary>Runs a program and returns all that it says; skips the test where it is not installed.</summary>
    public static string Run(string program, string package, params string[] arguments)
    {
        try
        {
            using Process process =
                Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return said + error.GetAwaiter().GetResult();
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not installed (Debian: {package})");
            return "";
        }
    }
}
