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
}
