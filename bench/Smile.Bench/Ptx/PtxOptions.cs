using System.Globalization;
using System.Text.RegularExpressions;
using Smile.Kernels.Ops.Conv2d;

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

    /// <summary>The network whose training step is added up; null: none is.</summary>
    public string? Step { get; init; }

    /// <summary>Rows and columns of the step's images.</summary>
    public int Size { get; init; } = 128;

    /// <summary>What the step's convolutions multiply in.</summary>
    public Precision Precision { get; init; }

    /// <summary>What the step is to run on.</summary>
    public GpuSpecification Gpu { get; init; } = GpuSpecification.Named("h200")!;

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
                ("--step", "resnet18" or "resnet50") => options with { Step = value },
                ("--size", "128" or "512") => options with { Size = int.Parse(value, CultureInfo.InvariantCulture) },
                ("--precision", "fp32" or "tf32" or "bf16") => options with { Precision = Enum.Parse<Precision>(value, ignoreCase: true) },
                ("--gpu", not null) when GpuSpecification.Named(value) is { } gpu => options with { Gpu = gpu },
                ("--arch", not null) => options with
                {
                    Architectures = [.. args.Skip(i + 1).TakeWhile(name => Architecture().IsMatch(name))],
                },
                _ => null,
            };
            if (read is null)
            {
                wrong = $"'{args[i]}' is none of --json FILE, --kernel NAME, --case TEXT, --check, --dump FOLDER, --machine-code, "
                    + "--arch sm_NN ..., --step resnet18|resnet50, --size 128|512, --precision fp32|tf32|bf16, --gpu t4|a100|h100|h200.";
                return null;
            }

            i += args[i] == "--arch" ? read.Architectures.Count : args[i] is "--check" or "--machine-code" ? 0 : 1;
            options = read;
        }

        if (args.Contains("--arch") && (options.Architectures.Count == 0 || !options.MachineCode))
            wrong = "--arch takes names like sm_80 sm_90, and goes with --machine-code.";
        if (options.Step is null && args.Any(arg => arg is "--size" or "--precision" or "--gpu"))
            wrong = "--size, --precision and --gpu go with --step.";
        bool others = options.Check || options.MachineCode || (options.Kernel ?? options.Case ?? options.Dump) is not null;
        if (options.Step is not null && others)
            wrong = "--step goes with --size, --precision, --gpu and --json alone.";
        if (options.Step is not null && options.Precision != Precision.Fp32 && options.Gpu.MmaCycles == 0)
            wrong = $"{options.Gpu.Name} has no tensor cores for {options.Precision.ToString().ToLowerInvariant()}: --precision fp32.";
        return wrong.Length == 0 ? options : null;
    }

    [GeneratedRegex(@"^sm_\d{2,3}$")]
    private static partial Regex Architecture();
}
