using System.Globalization;
using Smile.Net.Data;

namespace Smile.Net.Settings;

public sealed partial record RunSettings
{
    /// <summary>What every slice is brought to before the network sees it; null: nothing (<see cref="Spacings.Native"/>).</summary>
    /// <exception cref="InvalidOperationException">It is <see cref="Spacings.Auto"/>, and no case was seen yet.</exception>
    public PlaneSpacing? PlaneSpacing() => Data.Spacing == Spacings.Auto
        ? throw new InvalidOperationException("data.spacing is auto: the training cases decide first.")
        : Spacings.Parse(Data.Spacing);

    /// <summary>How far apart the slices lie that the network sees as neighbours.</summary>
    /// <exception cref="InvalidOperationException">It is <see cref="Spacings.Auto"/>, and no case was seen yet.</exception>
    public SliceDistance SliceDistance() => Data.SliceDistance == Spacings.Auto
        ? throw new InvalidOperationException("data.slice_distance is auto: the training cases decide first.")
        : new SliceDistance(Spacings.ParseDistance(Data.SliceDistance));

    /// <summary>The settings with the spacing, and the distance of slices, that <see cref="Spacings.Auto"/> means.</summary>
    /// <param name="training">Grids of the training cases, at least one.</param>
    public RunSettings WithSpacingOf(IEnumerable<Geometry> training)
    {
        Geometry[] grids = [.. training];
        DataSettings data = Data;
        if (data.Spacing == Spacings.Auto)
            data = data with { Spacing = Smile.Net.Data.PlaneSpacing.Median(grids).ToString() };
        if (data.SliceDistance == Spacings.Auto)
        {
            double median = Smile.Net.Data.PlaneSpacing.MedianOfSlices(grids);
            data = data with { SliceDistance = median.ToString("R", CultureInfo.InvariantCulture) };
        }

        return data == Data ? this : this with { Data = data };
    }
}
