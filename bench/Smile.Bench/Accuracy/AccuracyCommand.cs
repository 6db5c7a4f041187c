using System.Diagnostics;
using System.Globalization;
using Smile.Bench.Cpu;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Bench.Accuracy;

/// <summary>
/// Smile's default and what people would use instead, taught from the same partly annotated slices for the same minutes on the same
/// threads, in turns: seed by seed, each in a process of its own.
/// </summary>
internal static class AccuracyCommand
{
    public const string Side = "accuracy-side";

    /// <summary>The intensities that the real slices have.</summary>
    public const float WindowLow = 0, WindowHigh = 240;

    public static Window Window => new(WindowLow, WindowHigh);

    public static int Run(IReadOnlyList<string> args)
    {
        (AccuracyOptions? options, string error) = AccuracyOptions.Parse(args);
        if (options is null)
        {
            Console.Error.WriteLine(error);
            return 2;
        }

        if (Libtorch.Unavailable is null && !Libtorch.Tuned)
            return Libtorch.RunTuned("accuracy", args);
        Contender[] contenders = [.. Contender.All(options.Settings)
            .Where(each => options.Only.Length == 0 ? !(options.Smoke && each.IsSlow) : options.Only.Contains(each.Name))];
        if (Libtorch.Unavailable is { } reason && contenders.Any(each => each.IsTorch))
        {
            Console.WriteLine($"Smile alone: {reason}");
            contenders = [.. contenders.Where(each => !each.IsTorch)];
        }

        AccuracyData data = AccuracyData.Load(options.Folders, options.DataFlags);
        var report = new AccuracyReport(options, args, data, contenders);
        Console.WriteLine(report.Sides());
        for (int seed = 1; seed <= options.Seeds; seed++)
        {
            foreach (Contender each in contenders)
                Console.WriteLine(report.Add(each, seed, OfProcess(each, seed, options)));
        }

        Console.WriteLine();
        Console.WriteLine(report.Table());
        if (options.Output is { } folder)
        {
            Results.Write(folder, ".md", report.Page());
            Console.WriteLine($"written: {Results.Write(folder, ".json", report.Json())}");
        }

        string[] missed = [.. report.Missed()];
        foreach (string line in missed)
            Console.WriteLine($"missed: {line}");
        return options.Check && missed.Length > 0 ? 6 : 0;
    }

    /// <summary>What a process of one contender does.</summary>
    public static int RunSide(string name, string seed, string budget, string[] rest)
    {
        string[] settings = [.. rest.Where(each => each.Contains('='))],
            flags = [.. rest.Where(each => each.StartsWith("--", StringComparison.Ordinal))],
            folders = [.. rest.Except([.. settings, .. flags])];
        Contender contender = Contender.All(settings).Single(each => each.Name == name);
        if (contender.IsTorch)
            Libtorch.Use(Environment.ProcessorCount);
        Console.WriteLine(contender.Run(AccuracyData.Load(folders, flags), Budget.FromText(budget),
            int.Parse(seed, CultureInfo.InvariantCulture)).ToText());
        return 0;
    }

    private static Outcome OfProcess(Contender contender, int seed, AccuracyOptions options)
    {
        ProcessStartInfo start = Libtorch.Self(Side,
            [
            contender.Name, seed.ToString(CultureInfo.InvariantCulture), options.BudgetOf(contender).ToText(),
            .. options.Folders, .. options.Settings, .. options.DataFlags,
        ]);
        if (!contender.IsTorch)
            Libtorch.Untune(start);
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? Outcome.FromText(output)
            : throw new SmileProcessException($"{contender.Name}, seed {seed}: its process ended with {process.ExitCode}.");
    }
}

/// <summary>A contender's process did not live to say what it came to.</summary>
internal sealed class SmileProcessException(string message) : SmileException(message)
{
    public override int ExitCode => 1;
}
