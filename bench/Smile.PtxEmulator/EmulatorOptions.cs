namespace Smile.PtxEmulator;

/// <summary>How launches are executed.</summary>
public sealed record EmulatorOptions
{
    /// <summary>
    /// Draws the order of warps between barriers and of the sides of a branch. A kernel without races gives the same bits for any seed.
    /// </summary>
    public int Seed { get; init; } = 1;

    /// <summary>Blocks executed side by side.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Branches that a warp may take in a block before the launch is refused as endless.</summary>
    public long StepLimit { get; init; } = 100_000_000;

    /// <summary>
    /// Blocks of a launch that are executed, spread evenly over the grid; 0: all. Then memory counts as written, with zeros, and takes room
    /// only where it is touched: launches on more memory than the machine has can be counted, and their results are of no use.
    /// </summary>
    public int SampledBlocks { get; init; }
}
