using Smile.Bench.Gpu;
using Smile.Bench.Ptx;

namespace Smile.Kit.Run;

/// <summary>How much a run measures.</summary>
/// <param name="Name">full, tiny.</param>
/// <param name="Budget">Multiply-adds of the largest case of an operation's test.</param>
/// <param name="Tests">The operations whose tests run; none: all.</param>
/// <param name="Cases">The kernels' shapes.</param>
/// <param name="Samples">Times that make a median.</param>
/// <param name="Steps">The training steps, the most telling first.</param>
internal sealed record KitSize(string Name, long Budget, IReadOnlyList<string> Tests, KernelCases Cases, int Samples,
    IReadOnlyList<StepShape> Steps)
{
    /// <summary>For a GPU.</summary>
    public static KitSize Full { get; } = new("full", 2_000_000, [], KernelCases.Full, 9,
    [
        new("resnet50", 8, 128, 3), new("resnet18", 8, 128, 3), new("resnet50", 8, 512, 3), new("resnet18", 8, 512, 3),
        new("resnet50", 2, 256, 3), new("resnet18", 2, 256, 3),
    ]);

    /// <summary>For the emulated driver: a few of everything, to see that the kit itself works.</summary>
    public static KitSize Tiny { get; } = new("tiny", 20_000, ["MaxPool", "Conv"], KernelCases.Small, 1, [new("tiny", 1, 32, 2)]);

    /// <summary>The kernels' cases; in little without those that are of one size whatever is asked for.</summary>
    public IEnumerable<KernelCase> Kernels => Cases.All().Where(one => this != Tiny || one.Flops < 10_000_000);

    /// <summary>A file of what was computed before for this size, in the kit.</summary>
    public string Expected(string file) => Path.Combine(AppContext.BaseDirectory, "expected", Name, file);
}
