using System.Globalization;
using Smile.Bench.Golden;
using Smile.Bench.Step;

return args switch
{
    ["golden", var folder] => GoldenCommand.Run(folder),
    ["step"] => StepCommand.Run(repeats: 9),
    ["step", var repeats] when int.TryParse(repeats, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 => StepCommand.Run(count),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Smile.Bench COMMAND
          step [N]        times one training step of DeepLab ResNet-18 on the SIMD backend and on libtorch, N times each in turns (9)
          golden FOLDER   computes the golden numbers of the tests with TorchSharp and writes them to FOLDER
        On Debian 12 run bench/torchsharp-debian12.sh COMMAND instead of dotnet run: TorchSharp needs a newer libstdc++.
        """);
    return 2;
}
