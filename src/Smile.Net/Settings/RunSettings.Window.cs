using Smile.Net.Data;

namespace Smile.Net.Settings;

public sealed partial record RunSettings
{
    /// <summary>The intensities that the network sees.</summary>
    /// <exception cref="ConfigException">They are to come from training cases, and none were looked at.</exception>
    internal Window Intensities => Data.Window == Windows.Fixed || Data.WindowDeviation > 0
        ? new Window((float)Data.WindowLow, (float)Data.WindowHigh, (float)Data.WindowMean, (float)Data.WindowDeviation)
        : throw new ConfigException("data.window is auto, and its numbers were not found yet. Train with these settings first.");

    /// <summary>
    /// These settings with the numbers of <c>data.window = auto</c>, found anew in the cases; themselves where the window is fixed.
    /// </summary>
    /// <param name="cases">Training cases.</param>
    /// <exception cref="DataException">The cases have no such numbers.</exception>
    /// <exception cref="ConfigException">They lie far from any HU.</exception>
    internal RunSettings WithIntensitiesOf(IReadOnlyList<CaseData> cases)
    {
        if (Data.Window == Windows.Fixed)
            return this;
        var found = AnnotatedIntensities.Of(cases);
        RunSettings settings = this with
        {
            Data = Data with
            {
                WindowLow = found.Low,
                WindowHigh = found.High,
                WindowMean = found.Mean,
                WindowDeviation = found.Deviation,
            },
        };
        SettingOfPart.Demand("data", settings.Data);
        settings.ValidateWindow();
        return settings;
    }

    private void ValidateWindow()
    {
        if (!(Data.WindowLow < Data.WindowHigh))
            throw new ConfigException($"data.window_low is {Data.WindowLow}; it must lie below data.window_high, {Data.WindowHigh}.");
        if (Data.Window == Windows.Fixed && (Data.WindowMean != 0 || Data.WindowDeviation != 0))
            throw new ConfigException($"data.window_mean is {Data.WindowMean} and data.window_deviation {Data.WindowDeviation}, but "
                + $"data.window is {Windows.Fixed}. Leave them out, or set data.window={Windows.Auto}, which finds them.");
        DataSettings usual = new();
        if (Data is { Window: Windows.Auto, WindowDeviation: 0 }
            && (Data.WindowLow != usual.WindowLow || Data.WindowHigh != usual.WindowHigh || Data.WindowMean != usual.WindowMean))
            throw new ConfigException($"data.window is {Windows.Auto}, which finds data.window_low, window_high and window_mean itself. "
                + $"Leave them out, or set data.window={Windows.Fixed}.");
    }
}
