namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// Slices on which a region is not drawn although it is on slices before and after. Nobody said that it is absent there. Where the author
/// draws every second slice, or every third, the shape between is interpolated; where a slice is missing that is usually drawn, it is in
/// doubt. Beyond the first and the last drawn slice the region ends.
/// </summary>
internal static class UndrawnSlices
{
    /// <summary>Slices farther apart, in mm, tell nothing of what lies between: there all of a slice is in doubt.</summary>
    public const double Farthest = 10;

    /// <summary>Fills or marks them.</summary>
    /// <param name="mask">The region as it is drawn.</param>
    /// <param name="stack">The series.</param>
    /// <param name="tell">Hears how many slices were filled, and on how many there is doubt.</param>
    public static void Mend(RegionMask mask, CtStack stack, Action<string> tell)
    {
        int[] solid = [.. mask.Drawn.Where(slice => slice.Value).Select(slice => slice.Key)];
        if (solid.Length == 0)
            return;
        int[] steps = [.. solid.Skip(1).Select((next, n) => next - solid[n])];
        int usual = steps.Order().ElementAtOrDefault((steps.Length - 1) / 2);
        (int filled, int doubtful) = (0, 0);
        for (int n = 0; n < steps.Length; n++)
        {
            if (steps[n] == 1)
                continue;
            if (Fill(mask, stack, solid[n], solid[n + 1], mayFill: steps[n] <= usual))
                filled += steps[n] - 1;
            else
                doubtful += steps[n] - 1;
        }

        // A contour too small for any voxel, a little beyond the ends: the region reaches as far.
        foreach ((int end, int sign) in new[] { (solid[0], -1), (solid[^1], 1) })
        {
            int reach = mask.Drawn.Keys.Where(slice => (slice - end) * sign > 0 && IsNear(slice, end, stack)).Select(slice => (slice - end) * sign).DefaultIfEmpty().Max();
            if (reach < 2)
                continue;
            Fill(mask, stack, Math.Min(end, end + reach * sign), Math.Max(end, end + reach * sign), mayFill: false);
            doubtful += reach - 1;
        }

        if (filled + doubtful > 0)
        {
            tell($"drawn on {solid.Length} of the {solid[^1] - solid[0] + 1} slices that it spans: {filled} others interpolated, "
                + $"{doubtful} set to ignore where it may be.");
        }
    }

    /// <summary>Fills or marks the slices between two; true where they are filled.</summary>
    private static bool Fill(RegionMask mask, CtStack stack, int first, int last, bool mayFill)
    {
        bool near = IsNear(first, last, stack);
        ShapesBetween? shapes = near ? new ShapesBetween(mask, stack, first, last) : null;
        bool fills = mayFill && shapes is { Meet: true };
        for (int slice = first + 1; slice < last; slice++)
        {
            if (shapes is null)
                mask.MarkInDoubt(slice);
            else if (fills)
                shapes.Interpolate(slice);
            else
                shapes.MarkInDoubt(slice);
        }

        return fills;
    }

    private static bool IsNear(int one, int other, CtStack stack) => Math.Abs(stack.Along(other) - stack.Along(one)) <= Farthest + CtStack.Tolerance(stack.Step);
}
