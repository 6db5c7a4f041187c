using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Commands;
using Smile.Host.Runs;
using Smile.Kernels.Gpu.Cuda;
using Smile.Net.Data;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.PtxEmulator;
using Smile.PtxEmulator.Driver;

namespace Smile.Bench.Hashes;

/// <summary>
/// One hash for each thing that a change of structure must leave alone: weights after a few updates of each backbone, method and backend, a
/// prediction, the numbers of a report.
/// <para>The hashes of two versions are compared on one machine: bits are the machine type's.</para>
/// </summary>
internal sealed partial class HashesCommand(string folder)
{
    private const string Size = "32";

    private static readonly string[] _methods = ["baseline", "smile", "smiler"];
    private static readonly string[] _backbones = ["tiny", "resnet18", "resnet50"];

    private string Data => Path.Combine(folder, "data");

    /// <summary>Prints the hashes, or with a file's name compares them with those in it.</summary>
    /// <returns>0; 2 for other arguments; 6 where a hash is not the file's.</returns>
    public static int Run(string[] args)
    {
        if (args is not ([] or ["--check", _] or ["--output", _]))
            return Usage();
        using var scratch = new ScratchFolder("smile-hashes-");
        var lines = new List<string>();
        foreach (string line in new HashesCommand(scratch.Path).Lines())
        {
            Console.WriteLine(line);
            lines.Add(line);
        }

        if (args is ["--output", var output])
            File.WriteAllLines(output, lines);
        return args is ["--check", var file] ? Compare(File.ReadAllLines(file), lines) : 0;
    }

    private static int Usage()
    {
        Console.Error.WriteLine("Smile.Bench hashes [--check FILE | --output FILE]");
        return 2;
    }

    private static int Compare(string[] expected, List<string> found)
    {
        string[] missing = [.. expected.Except(found)];
        foreach (string line in missing)
            Console.WriteLine($"not found again: {line}");
        Console.WriteLine($"{expected.Length - missing.Length} of {expected.Length} hashes are equal");
        return missing.Length == 0 && expected.Length == found.Count ? 0 : 6;
    }

    private IEnumerable<string> Lines()
    {
        CommandLine.Run("phantom", "--output", Data, "--cases", "4", "--size", "12x48x48");
        CommandLine.Run("dataset", "drop", Data, "--alpha", "0.6", "--seed", "4");
        foreach (string backbone in _backbones)
        {
            // Rounds take voxels that the network is sure of: SMILEr goes on from one that has learnt.
            string teacher = Train($"{backbone}-teacher", "smile", backbone, "cpu", "2", "150", "fp32");
            foreach (string method in _methods)
            {
                foreach ((string device, string threads) in ((string, string)[])[("scalar", "1"), ("cpu", "1"), ("cpu", "2")])
                {
                    string run = Train($"{backbone}-{method}-{device}-{threads}", method, backbone, device, threads, "20", "fp32",
                        method == "smiler" ? Final(teacher) : "");
                    yield return Line($"weights {backbone} {method} {device} x{threads}", Weights(run));
                }
            }
        }

        foreach (string precision in (string[])["fp32", "tf32", "bf16"])
            yield return Line($"weights tiny smile emulated sm_80 {precision}",
                Emulated(() => Weights(Train($"emulated-{precision}", "smile", "tiny", "cuda", "1", "3", precision))));

        string model = Path.Combine(folder, "tiny-smiler-cpu-1"), predicted = Path.Combine(folder, "predicted"),
            scores = Path.Combine(folder, "scores");
        CommandLine.Run("predict", "--input", Path.Combine(Data, "imagesTr"), "--output", predicted, "--model", model, "--device", "cpu",
            "--probabilities");
        foreach (string file in Directory.EnumerateFiles(predicted, "*.nii.gz").Order(StringComparer.Ordinal))
            yield return Line($"prediction {Path.GetFileName(file)}", Hash(Unzipped(file)));
        CommandLine.Run("evaluate", "--prediction", predicted, "--data", Data, "--output", scores, "--truth-complete");
        yield return Line("scores of the prediction", Numbers(Path.Combine(scores, "summary.json")));
        yield return Line("scores of the SMILEr run", Numbers(Path.Combine(folder, "tiny-smiler-cpu-1", "summary.json")));
    }

    private string Train(string name, string method, string backbone, string device, string threads, string steps, string precision,
        string weights = "")
    {
        string output = Path.Combine(folder, name);
        RunSettings settings = SettingsReader.ReadRun(SettingsPresets.Of(SettingsPresets.Paper), [],
        [
            $"train.method={method}", $"train.steps={steps}", $"run.device={device}", $"run.threads={threads}",
            $"train.precision={precision}", $"model.backbone={backbone}", $"model.width={(backbone == "tiny" ? 0 : 16)}",
            $"train.size={Size}", "train.batch=2", "data.validation=0.25", "run.validate_every=0", "train.lr=0.05",
            $"train.weights={weights}",
        ]);
        settings = settings with { Data = settings.Data with { Folders = [Data] } };
        var session = new Session(TextWriter.Null, TextWriter.Null, new Interruption(), live: false);
        Dataset dataset = CaseLoader.Open(session, settings.Data.Folders);
        // What the first hashes are of: the division by the seed alone, which holds out the only pancreas, and a network that has an output
        // for it all the same. 'smile train' stratifies and leaves such an organ out, so this goes the rest of its way without it.
        var split = new Split(["case_000", "case_001", "case_003"], ["case_002"]);
        var room = new CaseRoom(settings.Data.Memory, output);
        TrainingCases training = TrainingCases.Load(session, dataset, settings, split, room);
        var run = new RunFolder(output);
        TrainCommand.Train(session, run, training.Settings, dataset, training.Cases, resume: false, split: split);
        RunConclusion.Write(session, run, run.ReadSettings(), dataset, training.Cases, room);
        return output;
    }

    /// <summary>The work with the emulated device in the place of cuda:0.</summary>
    private static string Emulated(Func<string> work)
    {
        Func<ICudaDriver?> before = CudaDriver.Open;
        CudaDriver.Open = () => new EmulatedDriver(8, 0, new EmulatorOptions { Seed = 1, Workers = 2 });
        try
        {
            return work();
        }
        finally
        {
            CudaDriver.Open = before;
        }
    }

    /// <summary>Of the tensors of the final checkpoint: of what follows the header, which names versions.</summary>
    private static string Weights(string run)
    {
        byte[] file = File.ReadAllBytes(Final(run));
        return Hash(file.AsSpan(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file)));
    }

    /// <summary>
    /// Of the numbers of a summary.json in their order, NaN among them; paths may change, and metrics that came later are passed over.
    /// </summary>
    private static string Numbers(string file)
    {
        var numbers = FirstMetrics().Matches(File.ReadAllText(file)).Select(match => match.Groups[2].Value);
        return Hash(Encoding.UTF8.GetBytes(string.Join('\n', numbers)));
    }

    [GeneratedRegex(@"""(Dice|FN|FP|HD95|IoU|SurfaceDice|TN|TP|n_\w+)"": (NaN|-?\d[\d.eE+-]*)(?=\s*[,\]}])")]
    private static partial Regex FirstMetrics();

    private static string Final(string run) => Path.Combine(run, "checkpoints", "final.safetensors");

    private static byte[] Unzipped(string file)
    {
        using var from = new System.IO.Compression.GZipStream(File.OpenRead(file), System.IO.Compression.CompressionMode.Decompress);
        using var to = new MemoryStream();
        from.CopyTo(to);
        return to.ToArray();
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];

    private static string Line(string what, string hash) => string.Create(CultureInfo.InvariantCulture, $"{hash}  {what}");
}
