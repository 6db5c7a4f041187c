using Smile.Net.Data;

namespace Smile.Net.Settings;

public sealed partial record RunSettings
{
    /// <summary>What every slice is brought to before the network sees it; null: nothing (<see cref="Spacings.Native"/>).</summary>
    /// <exception cref="InvalidOperationException">It is <see cref="Spacings.Auto"/>, and no case was seen yet.</exception>
    public PlaneSpacing? PlaneSpacing() => Data.Spacing == Spacings.Auto
        ? throw new InvalidOperationException("data.spacing is auto: the training cases decide first.")
        : Spacings.Parse(Data.Spacing);

    /// <summary>The settings with the spacing that <see cref="Spacings.Auto"/> means.</summary>
    /// <param name="training">Grids of the training cases, at least one.</param>
    public RunSettings WithSpacingOf(IEnumerable<Geometry> training) => Data.Spacing == Spacings.Auto
        ? this with { Data = Data with { Spacing = Smile.Net.Data.PlaneSpacing.Median(training).ToString() } }
        : this;
}
