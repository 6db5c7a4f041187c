namespace Smile.Host.Imaging.Dicom;

/// <summary>One region on the grid of a CT series, and whether somebody has judged it.</summary>
/// <param name="stack">The series.</param>
internal sealed class RegionMask(CtStack stack)
{
    /// <summary>A voxel that is not the region's.</summary>
    public const byte Outside = 0;

    /// <summary>A voxel of the region.</summary>
    public const byte Inside = 1;

    /// <summary>A voxel of which nobody can say whether it is the region's.</summary>
    public const byte Doubt = 2;

    private readonly AxisWalk _walk = stack.Walk;

    /// <summary>(z, y, x) of <see cref="CtStack.Geometry"/>: <see cref="Outside"/>, <see cref="Inside"/> or <see cref="Doubt"/>.</summary>
    public byte[] Voxels { get; } = new byte[stack.Geometry.Voxels];

    /// <summary>The slices on which something is drawn, ascending; true where a voxel is inside.</summary>
    public SortedDictionary<int, bool> Drawn { get; } = [];

    /// <summary>Where it is drawn beyond the first or last slice: mm along the normal, as <see cref="CtStack.Locate"/> counts.</summary>
    public List<double> Beyond { get; } = [];

    /// <summary>
    /// True where what is outside is certain: the region has voxels, or its author said that there is none. False where it was drawn
    /// and nothing of it is left, and where nobody said anything.
    /// </summary>
    public bool IsAnnotated { get; set; }

    /// <summary>What a voxel is of two regions together.</summary>
    public static byte United(byte one, byte other) => one == Inside || other == Inside ? Inside : Math.Max(one, other);

    /// <summary>Marks a voxel; what is inside stays so.</summary>
    public void Mark(int slice, int row, int column, byte value)
    {
        ref byte voxel = ref Voxels[_walk.Start + column * _walk.Step.I + row * _walk.Step.J + slice * _walk.Step.K];
        voxel = voxel == Inside ? Inside : value;
    }

    /// <summary>Marks pixels of a slice; what is inside stays so.</summary>
    public void Mark(int slice, PixelSet pixels, byte value) => pixels.ForEach((row, column) => Mark(slice, row, column, value));

    /// <summary>Marks all of a slice that is not inside as in doubt.</summary>
    public void MarkInDoubt(int slice)
    {
        for (int row = 0; row < _walk.Size.J; row++)
        {
            for (int column = 0; column < _walk.Size.I; column++)
                Mark(slice, row, column, Doubt);
        }
    }
}
