using System.Globalization;
using Smile.Bench;
using Smile.Bench.Accuracy;
using Smile.Bench.Cpu;
using Smile.Bench.Data;
using Smile.Bench.Dicom;
using Smile.Bench.Golden;
using Smile.Bench.Gpu;
using Smile.Bench.Hashes;
using Smile.Bench.Memory;
using Smile.Bench.Micro;
using Smile.Bench.Pictures;
using Smile.Bench.Ptx;
using Smile.Bench.Ranks;
using Smile.Bench.Spacing;
using Smile.Bench.Step;

if (BenchHelp.Asked(args) is { } help)
{
    Console.WriteLine(help);
    return 0;
}

return args switch
{
    ["golden", var folder] => GoldenCommand.Run(folder),
    ["cpu", .. var rest] => CpuCommand.Run(rest),
    [PeakMemory.Command, var side, var backbone] => PeakMemory.Run(side, backbone),
    ["accuracy", .. var rest] => AccuracyCommand.Run(rest),
    [AccuracyCommand.Side, var name, var seed, var budget, .. var folders] => AccuracyCommand.RunSide(name, seed, budget, folders),
    ["gradients"] => GradientsCommand.Run(),
    ["ptx", .. var rest] => PtxCommand.Run(rest),
    ["gpu", .. var rest] => GpuCommand.Run(rest),
    ["data", .. var rest] => DataCommand.Run(rest),
    [ThousandRows.Child, var store, var folder] => ThousandRows.Run(store, folder),
    ["dicom", .. var rest] => DicomCommand.Run(rest),
    ["memory", .. var rest] => MemoryCommand.Run(rest),
    ["hashes", .. var rest] => HashesCommand.Run(rest),
    ["spacing", .. var rest] => SpacingCommand.Run(rest),
    ["ranks", .. var rest] => RanksCommand.Run(rest),
    [RanksCommand.Side, var threads] => RanksCommand.RunSide(int.Parse(threads, CultureInfo.InvariantCulture)),
    ["curve"] => CurveCommand.Run(),
    ["augment", var folder] => AugmentCommand.Run(folder),
    ["settings", var page] => SettingsCommand.Run(page),
    ["conv"] => ConvCommand.Run(repeats: 9, ""),
    ["conv", var repeats, .. var name] when int.TryParse(repeats, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
    && count > 0 =>
        ConvCommand.Run(count, name.FirstOrDefault("")),
    ["micro", .. var rest] => MicroCommand.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(BenchHelp.All);
    return 2;
}
