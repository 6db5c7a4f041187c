using System.Diagnostics;
using System.Globalization;
using Smile.Bench.Step;
using Smile.Kernels.Backend;
using static TorchSharp.torch;

namespace Smile.Bench.Cpu;

/// <summary>
/// Trains in a process of its own, so that its peak is one side's alone; and so that a layout in which libtorch crashes takes nothing
/// along.
/// </summary>
internal static class PeakMemory
{
    public const string Command = "cpu-memory";

    private const int Steps = 3;

    /// <summary>The peak of a process that trains; null where it did not live to say.</summary>
    public static long? Of(Side side, NetworkCase network)
    {
        ProcessStartInfo start = Libtorch.Self(Command, [side.ToString(), network.Name]);
        if (side == Side.Smile)
            Libtorch.Untune(start);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { }; // what a crash prints
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? long.Parse(output, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>What that process does: some steps, then its peak on the standard output.</summary>
    public static int Run(string side, string name)
    {
        NetworkCase network = NetworkCase.Steps.Single(n => n.Name == name);
        if (Enum.Parse<Side>(side) is var who && who == Side.Smile)
            Smile(network);
        else
            Torch(network, who == Side.Nhwc);
        using Process self = Process.GetCurrentProcess();
        Console.Write(self.PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static void Smile(NetworkCase network)
    {
        using var step = new SmileStep(network.Model, network.RandomBatch(), weights: null, Backends.Open("cpu", Measurement.Threads[^1]));
        for (int i = 0; i < Steps; i++)
            step.Step();
    }

    private static void Torch(NetworkCase network, bool channelsLast)
    {
        Libtorch.Use(Measurement.Threads[^1]);
        using var step = new TorchStep(network.Model, network.RandomBatch(), float32, channelsLast: channelsLast);
        for (int i = 0; i < Steps; i++)
            step.Step();
    }
}
