using System.ComponentModel;
using System.Diagnostics;

namespace Smile.Kit.Run;

/// <summary>How a process ended.</summary>
/// <param name="Exit">Its exit code; null where it was ended because its time was over.</param>
/// <param name="Seconds">How long it ran.</param>
/// <param name="Output">Its last line, of either stream.</param>
internal sealed record ChildEnd(int? Exit, double Seconds, string Output);

/// <summary>
/// Runs each measurement in a process of its own: one that crashes, hangs, or loses the device takes nothing measured before along.
/// </summary>
/// <param name="folder">The run's folder: what processes print goes to log/NAME.txt there.</param>
internal sealed class Child(string folder)
{
    /// <summary>This program with other arguments.</summary>
    public ChildEnd Self(string name, TimeSpan limit, params string[] arguments) =>
        Program(name, limit, Environment.ProcessPath!, arguments, [], null)!;

    /// <summary>Any program; null where there is none of that name.</summary>
    /// <param name="name">Of the log.</param>
    /// <param name="limit">After which it is ended.</param>
    /// <param name="program">A path, or a name on PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables that it gets beside this process's.</param>
    /// <param name="line">Told each line of its standard output.</param>
    public ChildEnd? Program(string name, TimeSpan limit, string program, IEnumerable<string> arguments,
        Dictionary<string, string> environment, Action<string>? line)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string variable, string value) in environment)
            start.Environment[variable] = value;
        Directory.CreateDirectory(Path.Combine(folder, "log"));
        using var log = new StreamWriter(Path.Combine(folder, "log", name + ".txt"), append: true) { AutoFlush = true };
        log.WriteLine($"$ {program} {string.Join(' ', start.ArgumentList)}");
        string last = "";
        var watch = Stopwatch.StartNew();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Take(e.Data, line);
        process.ErrorDataReceived += (_, e) => Take(e.Data, null);
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bool ended = process.WaitForExit(limit > TimeSpan.Zero ? limit : TimeSpan.Zero);
        if (!ended)
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return new ChildEnd(ended ? process.ExitCode : null, watch.Elapsed.TotalSeconds, last);

        void Take(string? text, Action<string>? told)
        {
            if (text is null)
                return;
            lock (log)
            {
                log.WriteLine(text);
                last = text.Length > 0 ? text : last;
            }

            told?.Invoke(text);
        }
    }
}
