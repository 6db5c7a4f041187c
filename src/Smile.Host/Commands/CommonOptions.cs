using System.CommandLine;

namespace Smile.Host.Commands;

/// <summary>Options that several commands share, with one spelling and one description.</summary>
internal static class CommonOptions
{
    public static Option<string[]> Data(bool required = true) => new("--data")
    {
        Description = "Data set folders in nnU-Net's or MSD's layout; several are joined, organs that one does not know count as not annotated there",
        Required = required,
        AllowMultipleArgumentsPerToken = true,
        HelpName = "DIR",
        DefaultValueFactory = _ => [],
    };

    public static Option<string> Device() => new("--device")
    {
        Description = "auto, or a name that 'smile devices' lists",
        HelpName = "NAME",
        DefaultValueFactory = _ => "auto",
    };

    public static Option<int> Threads() => new("--threads") { Description = "CPU threads; 0: one a core", HelpName = "N", DefaultValueFactory = _ => 0 };

    public static Option<string[]> Config() => new("--config")
    {
        Description = "Settings from TOML files; several stack, the later wins",
        AllowMultipleArgumentsPerToken = true,
        HelpName = "FILE.toml",
        DefaultValueFactory = _ => [],
    };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "A setting, as in --set train.lr=0.02; wins over --config; --show-settings lists them all",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };

    public static Option<string> Model() => new("--model", "-m")
    {
        Description = "A checkpoint (.safetensors) or a run folder (its best or final checkpoint); left out: the small phantom model shipped with Smile",
        HelpName = "PATH",
    };
}
