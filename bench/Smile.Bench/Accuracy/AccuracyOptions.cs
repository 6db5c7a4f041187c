using System.Globalization;

namespace Smile.Bench.Accuracy;

/// <summary>The command line of <c>accuracy</c>.</summary>
/// <param name="Minutes">Of training, each contender and seed.</param>
/// <param name="Seeds">Seeds 1 to this.</param>
/// <param name="Folders">Data sets.</param>
/// <param name="Only">The contenders by name; empty: all.</param>
/// <param name="Settings">Over Smile's defaults, each as key=value: to try what they are worth.</param>
/// <param name="AsStored">Whether data sets whose images are mirrored are taken as they are.</param>
/// <param name="Check">Whether a missed target is an exit code.</param>
/// <param name="Output">Folder of the written report; null: none.</param>
internal sealed record AccuracyOptions(
    double Minutes, int Seeds, string[] Folders, string[] Only, string[] Settings, bool AsStored, bool Check, string? Output)
{
    /// <summary>Seconds of training and a held-out subject of each folder: that everything runs, not how well.</summary>
    public bool Smoke { get; init; }

    /// <summary>Updates that a contender makes in place of minutes, by its name.</summary>
    public IReadOnlyDictionary<string, int> Updates { get; init; } = new Dictionary<string, int>();

    public const string Usage = "accuracy [--minutes M] [--seeds N] [--updates NAME=N,...] [--data DIR,DIR,...] "
        + "[--only smile,baseline,unet,deeplab,single,nnunet] [--set KEY=VALUE ...] [--as-stored] [--check] [--smoke] [--output FOLDER]";

    /// <summary>The flag of <see cref="AsStored"/>.</summary>
    public const string Stored = "--as-stored";

    /// <summary>The flag of <see cref="Smoke"/>.</summary>
    public const string Quick = "--smoke";

    /// <summary>The flags that say what is learnt from and tested on.</summary>
    public string[] DataFlags => [.. AsStored ? [Stored] : Array.Empty<string>(), .. Smoke ? [Quick] : Array.Empty<string>()];

    /// <summary>What a contender may learn for.</summary>
    public Budget BudgetOf(Contender contender) => new(TimeSpan.FromMinutes(Minutes), Updates.GetValueOrDefault(contender.Name));

    /// <summary>The options, or what is wrong with them.</summary>
    public static (AccuracyOptions? Options, string Error) Parse(IReadOnlyList<string> args)
    {
        var options = new AccuracyOptions(1, 5, AccuracyData.Slices(), [], [], false, false, null);
        for (int i = 0; i < args.Count; i++)
        {
            if (args[i] is "--check" or Quick or Stored)
            {
                options = args[i] == "--check" ? options with { Check = true } : args[i] == Stored ? options with { AsStored = true }
                    : options with { Minutes = 0.05, Seeds = 1, Smoke = true };
                continue;
            }

            if (i + 1 == args.Count)
                return (null, $"{args[i]} is no option, or needs a value: {Usage}");
            string value = args[++i];
            switch (args[i - 1])
            {
                case "--minutes" when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double minutes)
                    && minutes is > 0 and < 1e4:
                    options = options with { Minutes = minutes };
                    break;
                case "--seeds" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seeds) && seeds > 0:
                    options = options with { Seeds = seeds };
                    break;
                case "--updates" when UpdatesOf(value) is { } updates:
                    options = options with { Updates = updates };
                    break;
                case "--data":
                    options = options with { Folders = value.Split(',') };
                    break;
                case "--only" when value.Split(',') is var names && names.All(IsContender):
                    options = options with { Only = names };
                    break;
                case "--set" when value.Contains('='):
                    options = options with { Settings = [.. options.Settings, value] };
                    break;
                case "--output":
                    options = options with { Output = value };
                    break;
                default:
                    return (null, $"{args[i - 1]} {value}: expected {Usage}");
            }
        }

        return options.Folders.Length > 0 ? (options, "")
            : (null, "The real slices are not there: name data set folders with --data, or with "
                + $"{SharedData.Variable} the folder in whose slices/ they are.");
    }

    private static bool IsContender(string name) => Contender.All([]).Any(each => each.Name == name);

    /// <summary>NAME=N,... read; null where one is no contender, or no number from 1.</summary>
    private static Dictionary<string, int>? UpdatesOf(string text)
    {
        var updates = new Dictionary<string, int>();
        foreach (string each in text.Split(','))
        {
            if (each.Split('=') is not [var name, var number] || !IsContender(name)
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count == 0)
                return null;
            updates[name] = count;
        }

        return updates;
    }
}
