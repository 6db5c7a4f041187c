using Smile.Net;

namespace Smile.Host.Phantom;

/// <summary>What <see cref="PhantomCase.Generate"/> draws.</summary>
internal sealed record PhantomOptions
{
    /// <summary>Slices, along z; together they cover about 175 mm, from the lung bases to the lower poles of the kidneys.</summary>
    public int Depth { get; init; } = 24;

    /// <summary>Rows of a slice, along y.</summary>
    public int Height { get; init; } = 96;

    /// <summary>Columns of a slice, along x.</summary>
    public int Width { get; init; } = 96;

    /// <summary>The seed of the whole data set; a case is made from (Seed, case index) alone.</summary>
    public ulong Seed { get; init; }

    /// <summary>Factor on the noise, whose standard deviation is drawn for each case from 12 to 20 HU; 0 draws none.</summary>
    public double Noise { get; init; } = 1;

    /// <summary>Standard deviation of the in-plane point spread, in pixels; 0 leaves the image sharp.</summary>
    public double Blur { get; init; } = 0.55;

    /// <summary>Throws <see cref="ConfigException"/> where a value cannot be drawn.</summary>
    public void Validate()
    {
        CheckSize(nameof(Depth), Depth, 12);
        CheckSize(nameof(Height), Height, 48);
        CheckSize(nameof(Width), Width, 48);
        CheckFactor(nameof(Noise), Noise, 10);
        CheckFactor(nameof(Blur), Blur, 4);
    }

    // Below the smallest sizes the pancreas is no longer resolved; above the largest an index overflows.
    private static void CheckSize(string name, int value, int smallest)
    {
        if (value < smallest || value > 1024)
            throw new ConfigException($"Phantom {name} is {value}; give {smallest} to 1024 voxels.");
    }

    private static void CheckFactor(string name, double value, double largest)
    {
        if (!(value >= 0 && value <= largest))
            throw new ConfigException($"Phantom {name} is {value}; give 0 to {largest}.");
    }
}
