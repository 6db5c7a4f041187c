using Smile.Host.Cli;
using Smile.Host.Commands;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kit.EmulatedCuda;
using Smile.Kit.Expected;
using Smile.Kit.Measure;
using Smile.Kit.OnGpu;
using Smile.Kit.Run;

try
{
    return args switch
    {
        ["run", .. var rest] when KitOptions.Parse(rest) is { } options => KitRun.Run(options),
        ["expect", var size, var folder, var commit] => KitExpected.Make(SizeOf(size), folder, commit),
        ["emulate-cuda"] => DriverServer.Run(),
        ["devices", var folder] => DeviceFacts.Run(new ResultLines(folder)),
        ["tests", var size, var folder] => OpTests.Run(SizeOf(size), new ResultLines(folder)),
        ["step", var size, var number, var precision, var folder, var mode] =>
            StepMeasurement.Run(SizeOf(size), int.Parse(number), Of(precision), new ResultLines(folder), mode),
        ["kernels", var size, var precision, var folder, .. var rest] =>
            KernelMeasurement.Run(SizeOf(size), Of(precision), new ResultLines(folder), shortList: rest is ["short"]),
        ["demo", var size, var device, var folder] => DemoMeasurement.Run(SizeOf(size), device, folder, new ResultLines(folder)),
        ["smile", .. var rest] => Smile(rest),
        _ => Usage(),
    };
}
catch (BackendException e)
{
    Console.Error.WriteLine(e.Message);
    return 6;
}

static KitSize SizeOf(string name) => name == KitSize.Tiny.Name ? KitSize.Tiny : KitSize.Full;

static Precision Of(string name) => Enum.Parse<Precision>(name, ignoreCase: true);

static int Smile(string[] args)
{
    using var interruption = Interruption.Listen();
    return SmileProgram.Run(args, Console.Out, Console.Error, interruption, live: !Console.IsErrorRedirected);
}

static int Usage()
{
    Console.Error.WriteLine(KitOptions.Usage);
    return 2;
}
