using System.Globalization;

namespace Smile.Bench.Cpu;

/// <summary>The parts of <c>cpu</c>, each of which can be measured by itself.</summary>
[Flags]
internal enum CpuParts
{
    /// <summary>Convolutions, three passes each.</summary>
    Conv = 1,

    /// <summary>Passes over memory.</summary>
    Elementwise = 2,

    /// <summary>Training steps and inference.</summary>
    Steps = 4,

    /// <summary>Peak memory of a training step, each side in its own process.</summary>
    Memory = 8,

    /// <summary>Everything.</summary>
    All = Conv | Elementwise | Steps | Memory,
}

/// <summary>The command line of <c>cpu</c>.</summary>
/// <param name="Parts">What is measured.</param>
/// <param name="Name">Only rows whose name has this text.</param>
/// <param name="Repeats">Turns of each side; a row's time is the median of as many.</param>
/// <param name="Check">Whether a missed bar is an exit code.</param>
/// <param name="Output">Folder of the written report; null: bench/results/cpu for a whole measurement, none for a part.</param>
internal sealed record CpuOptions(CpuParts Parts, string Name, int Repeats, bool Check, string? Output)
{
    /// <summary>Turns that the issue asks for, and those of <c>--quick</c>.</summary>
    public const int FullRepeats = 9, QuickRepeats = 3;

    /// <summary>True where nothing is left out: such a measurement is written to bench/results/cpu.</summary>
    public bool Whole => Parts == CpuParts.All && Name == "" && Repeats >= FullRepeats;

    /// <summary>The options, or what is wrong with them.</summary>
    public static (CpuOptions? Options, string Error) Parse(IReadOnlyList<string> args)
    {
        var options = new CpuOptions(CpuParts.All, "", FullRepeats, false, null);
        for (int i = 0; i < args.Count; i++)
        {
            string? value = i + 1 < args.Count ? args[i + 1] : null;
            switch (args[i])
            {
                case "--check":
                    options = options with { Check = true };
                    continue;
                case "--quick":
                    options = options with { Repeats = QuickRepeats };
                    continue;
                case "--only" or "--name" or "--repeats" or "--output" when value is null:
                    return (null, $"{args[i]} needs a value.");
                case "--only":
                    if (PartsOf(value!) is not { } parts)
                        return (null, $"--only {value}: the parts are conv, elementwise, steps, memory; several with commas.");
                    options = options with { Parts = parts };
                    break;
                case "--name":
                    options = options with { Name = value! };
                    break;
                case "--repeats":
                    if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int repeats) || repeats < 1)
                        return (null, $"--repeats {value}: a number from 1 on is needed.");
                    options = options with { Repeats = repeats };
                    break;
                case "--output":
                    options = options with { Output = value };
                    break;
                default:
                    return (null, $"'{args[i]}' is none of --check, --quick, --only PARTS, --name TEXT, --repeats N, --output FOLDER.");
            }

            i++;
        }

        return (options, "");
    }

    private static CpuParts? PartsOf(string text)
    {
        CpuParts parts = 0;
        foreach (string name in text.Split(','))
        {
            CpuParts part = name switch
            {
                "conv" => CpuParts.Conv,
                "elementwise" => CpuParts.Elementwise,
                "steps" => CpuParts.Steps,
                "memory" => CpuParts.Memory,
                _ => 0,
            };
            if (part == 0)
                return null;
            parts |= part;
        }

        return parts;
    }
}
