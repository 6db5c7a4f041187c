using System.Text.RegularExpressions;

namespace Smile.Bench.Ptx;

/// <summary>What a command line of <c>ptx</c> asks for.</summary>
internal sealed partial record PtxOptions
{
    /// <summary>The one kernel; null: all.</summary>
    public string? Kernel { get; init; }

    /// <summary>Part of a case's name; null: all cases.</summary>
    public string? Case { get; init; }

    /// <summary>Where all is written for programs.</summary>
    public string? Json { get; init; }

    /// <summary>The folder for each kernel's PTX.</summary>
    public string? Dump { get; init; }

    /// <summary>Whether a bar that is missed fails.</summary>
    public bool Check { get; init; }

    /// <summary>Whether NVIDIA's compiler is asked.</summary>
    public bool MachineCode { get; init; }

    /// <summary>For these; none: as the command has it.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    /// <summary>Reads a command line.</summary>
    /// <param name="args">Without the command's name.</param>
    /// <param name="wrong">What is wrong with it, where null is returned.</param>
    public static PtxOptions? Parse(IReadOnlyList<string> args, out string wrong)
    {
        var options = new PtxOptions();
        wrong = "";
        for (int i = 0; i < args.Count; i++)
        {
            string? value = i + 1 < args.Count ? args[i + 1] : null;
            PtxOptions? read = (args[i], value) switch
            {
                ("--check", _) => options with { Check = true },
                ("--machine-code", _) => options with { MachineCode = true },
                ("--json", not null) => options with { Json = value },
                ("--kernel", not null) => options with { Kernel = value },
                ("--case", not null) => options with { Case = value },
                ("--dump", not null) => options with { Dump = value },
                ("--arch", not null) => options with
                {
                    Architectures = [.. args.Skip(i + 1).TakeWhile(name => Architecture().IsMatch(name))],
                },
                _ => null,
            };
            if (read is null)
            {
                wrong = $"'{args[i]}' is none of --json FILE, --kernel NAME, --case TEXT, --check, --dump FOLDER, --machine-code, "
                    + "--arch sm_NN ... .";
                return null;
            }

            i += args[i] == "--arch" ? read.Architectures.Count : args[i] is "--check" or "--machine-code" ? 0 : 1;
            options = read;
        }

        if (args.Contains("--arch") && (options.Architectures.Count == 0 || !options.MachineCode))
            wrong = "--arch takes names like sm_80 sm_90, and goes with --machine-code.";
        return wrong.Length == 0 ? options : null;
    }

    [GeneratedRegex(@"^sm_\d{2,3}$")]
    private static partial Regex Architecture();
}
