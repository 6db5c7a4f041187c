using System.Globalization;

namespace Smile.Kit.Run;

/// <summary>What the command line of a run asks for.</summary>
/// <param name="Minutes">After which nothing new begins and what still runs is ended.</param>
/// <param name="Output">The folder of the results; it is made.</param>
/// <param name="Size">How much is measured.</param>
internal sealed record KitOptions(double Minutes, string Output, KitSize Size)
{
    public const string Usage = """
        ./run --output FOLDER [--minutes N] [--tiny]
          measures on the first CUDA device for at most N minutes (30) and writes FOLDER/results.jsonl line by line, at the end of each
          stage FOLDER/DEVICE/DATE-COMMIT.md and .json. --tiny: sizes for the emulated driver. Exit codes: 0; 2 for other arguments, 4
          where there is no device, 6 where a result is wrong.
        ./run smile ARGUMENTS
          Smile's own command line
        """;

    /// <summary>Reads it; null where it is wrong.</summary>
    public static KitOptions? Parse(IReadOnlyList<string> args)
    {
        var options = new KitOptions(30, "", KitSize.Full);
        for (int i = 0; i < args.Count; i++)
        {
            string? value = i + 1 < args.Count ? args[i + 1] : null;
            switch (args[i])
            {
                case "--tiny":
                    options = options with { Size = KitSize.Tiny };
                    continue;
                case "--output" when value is { Length: > 0 }:
                    options = options with { Output = Path.GetFullPath(value) };
                    break;
                case "--minutes" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                    out double minutes)
                    && minutes > 0:
                    options = options with { Minutes = minutes };
                    break;
                default:
                    return null;
            }

            i++;
        }

        return options.Output.Length > 0 ? options : null;
    }
}
