namespace Smile.Net.Data;

/// <summary>
/// How far to the right or to the left the organs of a label map lie, and on which side anatomy wants them. Volumes lie in the
/// orientation closest to RAS+: columns go to the patient's right.
/// </summary>
internal static class OrganSides
{
    /// <summary>Voxels below which an organ is a trace that tells nothing.</summary>
    private const int LeastVoxels = 50;

    private static readonly HashSet<string> _right = ["liver", "gallbladder"], _left = ["spleen", "stomach"];

    private static readonly HashSet<string> _paired =
        ["kidney", "lung", "adrenal", "femur", "hip", "humerus", "scapula", "clavicula", "clavicle", "iliopsoas", "psoas"];

    /// <summary>1 where the organ lies in the right half of a body, -1 in the left, 0 where its name does not tell.</summary>
    /// <param name="organ">As data sets name it: spleen, kidney_left, Left Kidney.</param>
    public static int Expected(string organ)
    {
        string[] words = [.. organ.ToLowerInvariant().Split([' ', '_', '-', '.', ','], StringSplitOptions.RemoveEmptyEntries)];
        int named = words.Contains("right") ? 1 : words.Contains("left") ? -1 : 0;
        if (words.Any(_paired.Contains))
            return named;
        return named != 0 ? 0 : words.Any(_right.Contains) ? 1 : words.Any(_left.Contains) ? -1 : 0;
    }

    /// <summary>
    /// By which share of the field's width the middle of each label's voxels lies right of the field's; NaN where it has
    /// (next to) none.
    /// </summary>
    /// <param name="labels">Labels in memory.</param>
    /// <param name="width">Columns.</param>
    /// <param name="organs">How many offsets are wanted.</param>
    public static double[] Offsets(SliceRuns<byte> labels, int width, int organs)
    {
        var columns = new double[organs];
        var voxels = new long[organs];
        ReadOnlySpan<byte> values = labels.Runs(out ReadOnlySpan<ushort> lengths);
        int at = 0;
        for (int run = 0; run < values.Length; at = (at + lengths[run]) % labels.Pixels, run++)
        {
            if (values[run] is 0 || values[run] > organs)
                continue;
            columns[values[run] - 1] += Columns(at + lengths[run], width) - Columns(at, width);
            voxels[values[run] - 1] += lengths[run];
        }

        return [.. columns.Zip(voxels, (sum, count) => count < LeastVoxels ? double.NaN : (sum / count + .5) / width - .5)];
    }

    /// <summary>The sum of the columns of a slice's first voxels.</summary>
    private static double Columns(long voxels, int width)
    {
        (long rows, long rest) = Math.DivRem(voxels, width);
        return rows * (width * (width - 1.0) / 2) + rest * (rest - 1.0) / 2;
    }
}
