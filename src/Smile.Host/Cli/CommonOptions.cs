using System.CommandLine;
using System.Globalization;
using Smile.Net.Settings;

namespace Smile.Host.Cli;

/// <summary>Short forms for options, and the options that several commands share, with one spelling and one description.</summary>
internal static class CommonOptions
{
    /// <summary>An option that must be given. Names are separated by blanks, the value's name is for the help.</summary>
    public static Option<T> Required<T>(string names, string value, string description)
    {
        var option = Optional<T>(names, value, description);
        option.Required = true;
        return option;
    }

    /// <summary>An option that may be left out; the help shows no default.</summary>
    public static Option<T> Optional<T>(string names, string value, string description)
    {
        string[] all = names.Split(' ');
        return new Option<T>(all[0], all[1..]) { Description = description, HelpName = value };
    }

    /// <summary>An option with a default, which the help shows.</summary>
    public static Option<T> Default<T>(string names, string value, string description, T @default)
    {
        var option = Optional<T>(names, value, description);
        option.DefaultValueFactory = _ => @default;
        return option;
    }

    /// <summary>A switch.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public static Option<string[]> Data(bool required = true) => new("--data")
    {
        Description = "Data set folders in nnU-Net's or MSD's layout; several are joined, organs that one does not know "
            + "count as not annotated there",
        Required = required,
        AllowMultipleArgumentsPerToken = true,
        HelpName = "DIR",
        DefaultValueFactory = required ? null : _ => [],
    };

    public static Option<string[]> Config() => new("--config")
    {
        Description = "Settings from TOML files; several stack, the later wins, and --set over them",
        AllowMultipleArgumentsPerToken = true,
        HelpName = "FILE.toml",
        DefaultValueFactory = _ => [],
    };

    public static Option<string[]> Set() =>
        Default<string[]>("--set", "KEY=VALUE", "A setting, as in --set train.lr=0.02; 'smile train --show-settings' lists them all", []);

    /// <summary>What the settings are that neither <see cref="Config"/> nor <see cref="Set"/> gives; null where it is not given.</summary>
    public static Option<string> Preset() => Optional<string>("--preset", "NAME",
        $"What settings are that are not given: {SettingsPresets.Default} (docs/accuracy.md), {SettingsPresets.Paper} (DeepLab at stride "
        + $"8, masked cross-entropy alone, SGD) [default: {SettingsPresets.Default}]");

    public static Option<string> Device() => Default("--device", "NAME", "auto, or a name that 'smile devices' lists", "auto");

    public static Option<int> Threads()
    {
        var option = Default("--threads", "N", "CPU threads; 0: one a core", 0);
        option.Validators.Add(result =>
        {
            // What is no number is told by the parser.
            if (result.Tokens is [.., var last]
                && int.TryParse(last.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int threads)
                && threads is < 0 or > RunOptions.MostThreads)
                result.AddError($"--threads {threads}: 0 to {RunOptions.MostThreads} is possible.");
        });
        return option;
    }

    private const string PrecisionText = "What convolutions multiply in: fp32, or on NVIDIA GPUs from Ampere on tf32, bf16";

    /// <summary>Beside settings: null where it is not given, and they hold.</summary>
    public static Option<string> PrecisionSetting() =>
        Optional<string>("--precision", "NAME", $"{PrecisionText} [default: {Precisions.Fp32}]");

    public static Option<string> Precision()
    {
        var option = Default("--precision", "NAME", PrecisionText, Precisions.Fp32);
        option.AcceptOnlyFromAmong([.. Precisions.All]);
        return option;
    }

    public static Option<string> Threshold()
    {
        var option = Default("--threshold", "NAME", "What an organ's probability must exceed: 0.5, or calibrated: each organ's own, with "
            + "which Dice on the model's validation cases was highest", Thresholds.Half);
        option.AcceptOnlyFromAmong([.. Thresholds.All]);
        return option;
    }

    public static Option<string> Model() => Optional<string>("--model -m", "PATH",
        "A checkpoint (.safetensors) or a run folder (its best or final checkpoint); left out: the small phantom model shipped with Smile");
}
