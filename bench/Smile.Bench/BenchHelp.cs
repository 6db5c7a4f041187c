namespace Smile.Bench;

/// <summary>What the commands are and take.</summary>
internal static class BenchHelp
{
    /// <summary>A paragraph a command, which begins with its name two blanks from the edge.</summary>
    public const string All = """
        Smile.Bench COMMAND
          cpu [--check] [--quick] [--only conv,elementwise,steps,memory] [--name TEXT] [--repeats N] [--output FOLDER]
                          the SIMD backend and libtorch side by side: convolutions, passes over memory, training steps, a slice's
                          prediction (beside ONNX Runtime's too), peak memory; medians of 9 turns (--quick: 3) beside the machine's
                          measured bounds. --name: rows whose name has TEXT. A whole measurement is written to bench/results/cpu, a
                          part only where --output says. Exit codes: 5 where libtorch does not load (Smile's side is measured), 6
                          where --check finds a bar missed
          accuracy [--minutes M] [--seeds N] [--data DIR,DIR,...] [--only smile,baseline,unet,deeplab,single] [--set KEY=VALUE ...]
                   [--as-stored] [--check] [--smoke] [--output FOLDER]
                          Smile's default beside networks of libtorch, trained on the real slices of the shared data for the same
                          minutes (1) in turns, seed by seed (5), each in its own process; Dice on every fifth subject. --check: exit
                          code 6 where a target of docs/accuracy.md is missed; --smoke: three seconds each, one seed; --set: a
                          setting of Smile's, to try it; --as-stored: data sets whose images are mirrored are not turned back
          gradients       judges one step's loss and gradients of DeepLab ResNet-18 by libtorch in float64; exit code 6 where they are off
          ptx [--kernel NAME] [--case TEXT] [--check] [--json FILE] [--dump FOLDER] [--machine-code [--arch sm_75 ... sm_90]]
                          executes and counts every GPU kernel on the CPU (--case: in cases whose name has TEXT); --check: exit code 6
                          where a bar of docs/roofline.md is missed; --dump: writes each kernel's PTX to a file of its name instead.
                          --machine-code: what NVIDIA's ptxas makes of each kernel (sm_90 unless --arch says) and what a launch executes
                          of it: registers, spills, machine instructions by class, stall cycles, bytes in flight; with --kernel its
                          blocks. --machine-code --check: has it compile every GPU kernel and holds the machine code to the bars of
                          docs/roofline.md: exit code 6 where one is missed, 4 where ptxas and nvdisasm are not here (bash
                          bench/nvidia-compiler.sh brings them)
              ptx --step resnet18|resnet50 [--size 128|512] [--precision fp32|tf32|bf16] [--gpu t4|a100|h100|h200] [--json FILE]
                          adds up what a training step of eight images (128, fp32, H200) is to take on a GPU by its machine code: every
                          launch with its waves, instructions, stall cycles, bytes, bytes in flight and bound, the longest first, and
                          the assumptions. No GPU and no driver is asked, nothing is measured; a minute or several. Exit code 4 without
                          ptxas and nvdisasm
          gpu [--peer FILE] [--precision fp32|tf32|bf16]
                          checks and times every GPU kernel, and a training step of that precision, on an NVIDIA GPU; FILE is what
                          bench/peers/torch_step.py wrote there
          dicom [--slices N] [--repeats N] [--check]
                          times reading a CT series beside reading its bytes; --check: exit code 6 where it takes more than 1.3
                          times as long
          memory [--check] [--only TEXT] [--slices N] [--model FILE] [--output FOLDER]
                          the largest resident set of `smile predict` for a volume of 512 x 512 x 1000, as NIfTI and DICOM of every
                          kind, into every format (--only: rows whose name has TEXT). A whole measurement is written to
                          bench/results/memory, a part only where --output says; --check: exit code 6 where a row takes more than 3
                          GiB
          data [--check]  bytes a voxel that training data take in memory, and the processor time of filling a batch of eight slices of
                          512 x 512; a store of the size of the paper's data is opened; a data set ten times a heap limit is packed,
                          read and trained on within it, killed and resumed too (4 GB of temporary files). Written to
                          bench/results/data; --check: exit code 6 where a bar is missed
          hashes [--output FILE | --check FILE]
                          one hash a line of weights, predictions and scores that a change of structure must not move; --check: exit
                          code 6 where one of FILE, made on the same machine, is not found again
          spacing [--check] [--steps N]
                          Dice of one model, trained at 3 mm, on phantoms and CT (SMILE_TEST_DATA) of 1 to 6 mm in the plane; written
                          to bench/results/spacing. --check: exit code 6 where one lies more than 0.03 below that at 3 mm
          ranks           a training step of ResNet-50 on two ranks of one thread beside one process of two threads, and the share of it
                          that is spent in the exchange; exit code 5 where mpirun is not installed, 6 where the weights differ
          conv [N [TEXT]] times each convolution algorithm of the SIMD backend on each layer shape (whose name has TEXT), N times in
                          turns (9), and measures its error
          curve           the losses of one short training by each convolution algorithm, side by side
          augment FOLDER  draws what training sees of a phantom's slice under each augment.preset (docs/pictures)
          settings PAGE   writes the tables of docs/settings.md anew, from the settings' own words, defaults and ranges
          micro --operations | ...
                          BenchmarkDotNet on every operation of the SIMD backend, in this process, from any folder; its arguments
                          follow, for example --filter '*NormForward*', '*ConvBenchmarks*' (shapes of layers) or --job Dry.
                          --operations: their names
          golden FOLDER   computes the golden numbers of the tests with TorchSharp and writes them to FOLDER
        On Debian 12 run bench/torchsharp-debian12.sh COMMAND instead of dotnet run: TorchSharp needs a newer libstdc++.
        """;

    private const string Indent = "  ";

    /// <summary>
    /// The help that a command line asks for, wherever in it: of its command, or all where it names none; null where it asks for none.
    /// BenchmarkDotNet has its own.
    /// </summary>
    public static string? Asked(IReadOnlyList<string> args) =>
        args is [] or ["micro", _, ..] || !args.Any(arg => arg is "--help" or "-h" or "-?") && args[0] != "help" ? null
        : Of(args[0]) ?? All;

    /// <summary>The paragraph of a command; null where there is no such command.</summary>
    private static string? Of(string command)
    {
        string[] lines = All.Split('\n');
        int first = Array.FindIndex(lines, line => line.StartsWith($"{Indent}{command} ", StringComparison.Ordinal));
        if (first < 0)
            return null;
        int after = Array.FindIndex(lines, first + 1, line => !line.StartsWith(Indent + Indent, StringComparison.Ordinal));
        return string.Join('\n', lines[first..after]);
    }
}
