namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// Slices on which a region is not drawn although it is before and behind. Nobody said that it is absent there. Where the author draws
/// every second slice, or every third, the shape between is interpolated; where a slice is missing that is usually drawn, it is in doubt.
/// Where nothing more is drawn the region ends.
/// </summary>
internal static class UndrawnSlices
{
    /// <summary>Slices farther apart, in mm, tell nothing of what lies between: there all of a slice is in doubt.</summary>
    public const double Farthest = 10;

    /// <summary>Fills or marks them.</summary>
    /// <param name="mask">The region as it is drawn.</param>
    /// <param name="stack">The series.</param>
    /// <param name="interpolates">False where voxels were drawn, not outlines: no others are the region's, and there is only doubt.</param>
    /// <param name="tell">Hears how many slices were filled, and on how many there is doubt.</param>
    public static void Mend(RegionMask mask, CtStack stack, bool interpolates, Action<string> tell)
    {
        int[] solid = [.. mask.Drawn.Where(slice => slice.Value).Select(slice => slice.Key)];
        if (solid.Length == 0)
            return;
        int[] steps = [.. solid.Skip(1).Select((next, n) => next - solid[n])];
        int usual = interpolates ? steps.Order().ElementAtOrDefault((steps.Length - 1) / 2) : 0;
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

        doubtful += MarkTip(mask, stack, solid[0], -1) + MarkTip(mask, stack, solid[^1], 1);
        if (filled + doubtful > 0)
        {
            tell($"drawn on {solid.Length} of {solid.Length + filled + doubtful} slices: {filled} of the others interpolated, "
                + $"{doubtful} in doubt where it may be.");
        }
    }

    /// <summary>Fills or marks the slices between two; true where they are filled.</summary>
    private static bool Fill(RegionMask mask, CtStack stack, int first, int last, bool mayFill)
    {
        ShapesBetween? shapes = IsNear(stack.Along(first), stack.Along(last), stack) ? new ShapesBetween(mask, stack, first, last) : null;
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

    /// <summary>
    /// Marks the slices from an end of the region on that lie before something more of it: a contour too small for any voxel, if it is
    /// near, or what is drawn beyond the series. Returns how many.
    /// </summary>
    private static int MarkTip(RegionMask mask, CtStack stack, int end, int sign)
    {
        double[] beyond = [.. mask.Beyond.Where(along => (along - stack.Along(end)) * sign > 0)];
        if (beyond.Length > 0)
        {
            bool near = beyond.Any(along => IsNear(along, stack.Along(end), stack));
            ShapesBetween? shape = near ? new ShapesBetween(mask, stack, end, end) : null;
            int marked = 0;
            for (int slice = end + sign; slice >= 0 && slice < stack.Slices.Count; slice += sign, marked++)
            {
                if (shape is null)
                    mask.MarkInDoubt(slice);
                else
                    shape.MarkInDoubt(slice);
            }

            return marked;
        }

        int[] tips = [.. mask.Drawn.Keys.Where(slice => (slice - end) * sign > 1 && IsNear(stack.Along(slice), stack.Along(end), stack))];
        if (tips.Length == 0)
            return 0;
        int tip = tips.MaxBy(slice => Math.Abs(slice - end));
        Fill(mask, stack, Math.Min(end, tip), Math.Max(end, tip), mayFill: false);
        return Math.Abs(tip - end) - 1;
    }

    private static bool IsNear(double one, double other, CtStack stack) =>
        Math.Abs(one - other) <= Farthest + CtStack.Tolerance(stack.Step);
}
