using System.Globalization;
using System.Text.Json.Serialization;

namespace Smile.Net.Data;

/// <summary>The least and the largest of the spacings of cases along one axis, mm.</summary>
public readonly record struct SpacingRange(double Least, double Most)
{
    /// <summary>Of numbers, at least one.</summary>
    public static SpacingRange Of(IEnumerable<double> spacings)
    {
        double[] all = [.. spacings];
        return new SpacingRange(all.Min(), all.Max());
    }

    /// <summary>Whether a spacing lies within the range or beyond it by no more than this factor.</summary>
    public bool Includes(double spacing, double factor) => spacing >= Least / factor && spacing <= Most * factor;

    /// <summary>"0.7 to 0.9", or the one number.</summary>
    public override string ToString() => PlaneSpacing.Same(Least, Most)
        ? Most.ToString("G4", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Least:G4} to {Most:G4}");
}

/// <summary>The spacings of cases, mm: along the slices' normal (z), between rows (y), between columns (x).</summary>
public sealed record CaseSpacings(SpacingRange Z, SpacingRange Y, SpacingRange X)
{
    /// <summary>Spacings in the plane that differ by more than this factor do not show organs at one size.</summary>
    public const double MostInPlane = 1.1;

    /// <summary>Slices that lie farther apart than this factor look otherwise: noise, and what is partly in them.</summary>
    public const double MostBetweenSlices = 2;

    /// <param name="grids">Of the cases, at least one.</param>
    public static CaseSpacings Of(IEnumerable<Geometry> grids)
    {
        (double Z, double Y, double X)[] all = [.. grids.Select(grid => grid.Spacing)];
        return new CaseSpacings(SpacingRange.Of(all.Select(each => each.Z)), SpacingRange.Of(all.Select(each => each.Y)),
            SpacingRange.Of(all.Select(each => each.X)));
    }

    /// <summary>Whether the cases differ in the plane by more than <see cref="MostInPlane"/>.</summary>
    [JsonIgnore]
    public bool AreMixed => Y.Most > MostInPlane * Y.Least || X.Most > MostInPlane * X.Least;

    /// <summary>What a volume has that the cases had not; null where they are alike.</summary>
    /// <param name="volume">Its own grid.</param>
    /// <param name="plane">What its slices are brought to before they are predicted, mm; null: nothing.</param>
    public string? Doubt(Geometry volume, PlaneSpacing? plane)
    {
        (double z, double y, double x) = volume.Spacing;
        if (plane is null && !(Y.Includes(y, MostInPlane) && X.Includes(x, MostInPlane)))
            return string.Create(CultureInfo.InvariantCulture,
                $"its slices have {y:G4} x {x:G4} mm (y, x), the model was trained on {Y} x {X} mm and brings nothing to that "
                    + $"(data.spacing = native): what it says here is not to be relied on.");
        return Z.Includes(z, MostBetweenSlices) ? null : string.Create(CultureInfo.InvariantCulture,
            $"its slices lie {z:G4} mm apart, those that the model was trained on {Z} mm: it may do worse here.");
    }
}
