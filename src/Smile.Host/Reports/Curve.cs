using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>A named line of a chart.</summary>
internal sealed record Curve(string Name, Colour Colour, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>
    /// At most <paramref name="count"/> points, each the mean of as many neighbours as it takes: step losses are noisy, and a chart
    /// has only so many pixels. Points that are not finite are left out.
    /// </summary>
    public Curve Averaged(int count)
    {
        var finite = Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).ToArray();
        int size = Math.Max(1, (finite.Length + count - 1) / count);
        return this with { Points = finite.Chunk(size).Select(bin => (bin.Average(p => p.X), bin.Average(p => p.Y))).ToArray() };
    }
}

/// <summary>An axis with ticks at round numbers; a logarithmic one has its ticks at powers of ten, and its bounds are exponents.</summary>
internal sealed record Axis(double Low, double High, double Step, bool Logarithmic = false)
{
    /// <summary>A logarithmic axis that covers the positive values.</summary>
    public static Axis CoverDecades(IEnumerable<double> values)
    {
        var exponents = values.Where(v => v > 0 && double.IsFinite(v)).Select(Math.Log10).DefaultIfEmpty(0).ToArray();
        double low = Math.Floor(exponents.Min());
        return new Axis(low, Math.Max(low + 1, Math.Ceiling(exponents.Max())), 1, Logarithmic: true);
    }

    /// <summary>An axis that covers the values with about <paramref name="ticks"/> ticks, 1, 2 or 5 times a power of ten apart.</summary>
    public static Axis Cover(IEnumerable<double> values, int ticks, bool fromZero)
    {
        var finite = values.Where(double.IsFinite).ToArray();
        double low = finite.Length == 0 ? 0 : finite.Min(), high = finite.Length == 0 ? 1 : finite.Max();
        if (fromZero)
            low = Math.Min(low, 0);
        if (high <= low)
            high = low + (low == 0 ? 1 : Math.Abs(low));
        double raw = (high - low) / ticks, power = Math.Pow(10, Math.Floor(Math.Log10(raw))), ratio = raw / power;
        double step = power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
        return new Axis(Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step, step);
    }

    /// <summary>The tick values from low to high.</summary>
    public IEnumerable<double> Ticks =>
        Enumerable.Range(0, (int)Math.Round((High - Low) / Step) + 1)
            .Select(i => Logarithmic ? Math.Pow(10, Low + i * Step) : Low + i * Step);

    /// <summary>Where a value lies between <paramref name="from"/> (low) and <paramref name="to"/> (high).</summary>
    public double Place(double value, double from, double to)
    {
        double at = Logarithmic ? Math.Log10(value) : value;
        return from + (at - Low) / (High - Low) * (to - from);
    }

    /// <summary>A tick as text, with no more decimals than the step needs.</summary>
    public string Label(double value)
    {
        int decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(Logarithmic ? value : Step) - 1e-9), 0, 8);
        return decimals > 4
            ? value.ToString("0.#e+0", System.Globalization.CultureInfo.InvariantCulture)
            : value.ToString($"F{decimals}", System.Globalization.CultureInfo.InvariantCulture);
    }
}
