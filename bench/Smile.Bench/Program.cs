using Smile.Bench.Golden;

return args switch
{
    ["golden", var folder] => GoldenCommand.Run(folder),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Smile.Bench COMMAND
          golden FOLDER   computes the golden numbers of the tests with TorchSharp and writes them to FOLDER
        On Debian 12 run bench/torchsharp-debian12.sh COMMAND instead of dotnet run: TorchSharp needs a newer libstdc++.
        """);
    return 2;
}
