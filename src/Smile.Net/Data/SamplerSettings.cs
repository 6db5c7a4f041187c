using Smile.Net.Augment;

namespace Smile.Net.Data;

/// <summary>What a training batch is drawn from and looks like; the same for every method.</summary>
public sealed record SamplerSettings
{
    /// <summary>Slices a batch, N.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>The first slice of a batch that is filled; the others are drawn, and left to other ranks.</summary>
    public int FirstFilled { get; init; }

    /// <summary>How many slices of a batch are filled; 0: all.</summary>
    public int Filled { get => field == 0 ? Batch : field; init; }

    /// <summary>Rows of a training slice, H; larger slices are cropped, smaller ones padded.</summary>
    public int Height { get; init; } = 96;

    /// <summary>Columns of a training slice, W.</summary>
    public int Width { get; init; } = 96;

    /// <summary>The intensities that the network sees.</summary>
    public Window Window { get; init; } = Window.Abdomen;

    /// <summary>Slices that a training slice shows as channels, C: itself, and (C - 1) / 2 neighbours on either side.</summary>
    public int Slices { get; init; } = 1;

    /// <summary>How far apart those lie.</summary>
    public SliceDistance Distance { get; init; }

    /// <summary>
    /// The share of draws that first choose an organ (<see cref="OrganPower"/>), and then a slice that shows it where it is annotated; the
    /// others choose among all slices. Small organs are seen more often.
    /// </summary>
    public double OrganShare { get; init; } = 1.0 / 3;

    /// <summary>
    /// The share of draws that first choose an organ likewise, and then a slice of a case that annotates it which shows none of it: where
    /// an organ certainly is not. Where fewer slices lack the organ than show it, they get a smaller part of these draws, and those that
    /// show it the rest.
    /// </summary>
    public double AbsentShare { get; init; }

    /// <summary>
    /// A slice in which an organ has pseudo labels counts as one that shows it, as if it were annotated. Off, such slices are drawn among
    /// all.
    /// </summary>
    public bool PseudoSlices { get; init; }

    /// <summary>An organ's chance to be chosen is the number of slices that show it to this power; 0: all alike.</summary>
    public double OrganPower { get; init; }

    /// <summary>
    /// Leaves out slices in which nothing is known (no organ of the case annotated, no pseudo label): SMILE's loss is zero there.
    /// The softmax baseline learns from every slice.
    /// </summary>
    public bool KnownOnly { get; init; }

    /// <summary>
    /// Voxels of annotated organs are known to be none of the other organs: the paper's epsilon. Off, only annotated organs are known, and
    /// pseudo labels.
    /// </summary>
    public bool Epsilon { get; init; } = true;

    /// <summary>Random changes of what is drawn.</summary>
    public AugmentSettings Augment { get; init; } = new();

    /// <exception cref="ConfigException">A setting is out of its range; it is named.</exception>
    public void Validate()
    {
        Window.Validate();
        AtLeast(Batch, 1, "batch");
        AtLeast(Height, 1, "height");
        AtLeast(Width, 1, "width");
        AtLeast(Slices, 1, "slices");
        if (Slices % 2 == 0)
            throw new ConfigException($"sampler: slices is {Slices}; an odd number is needed.");
        InRange(OrganShare, 1, "organ share");
        InRange(AbsentShare, 1, "absent share");
        InRange(OrganPower, 1, "organ power");
        InRange(OrganShare + AbsentShare, 1, "organ share and absent share together"); // not 1 - OrganShare, which rounds: 1 - 0.9 < 0.1
        Augment.Validate();
    }

    private static void AtLeast(int value, int least, string name)
    {
        if (value < least)
            throw new ConfigException($"sampler: {name} is {value}; at least {least} is needed.");
    }

    private static void InRange(double value, double most, string name)
    {
        if (!(value >= 0 && value <= most))
            throw new ConfigException($"sampler: {name} is {value}; 0 .. {most} is possible.");
    }
}
