using System.Globalization;

namespace Smile.Net;

/// <summary>
/// What a setting means and may be: docs/settings.md and a run's settings.toml print it, and what lies out of the range is refused by it.
/// </summary>
/// <param name="meaning">Without a full stop at its end; names in backticks, other pages as docs/data.md.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string meaning) : Attribute
{
    /// <summary>What it means.</summary>
    public string Meaning { get; } = meaning;

    /// <summary>Unit of its values; empty: none.</summary>
    public string Unit { get; set; } = "";

    /// <summary>The least value; NaN: it is no number, or <see cref="Range"/> says it.</summary>
    public double Low { get; set; } = double.NaN;

    /// <summary>The largest value.</summary>
    public double High { get; set; } = double.NaN;

    /// <summary>The class whose list of names holds its values; null: it is no name.</summary>
    public Type? Names { get; set; }

    /// <summary>In words what <see cref="Low"/>, <see cref="High"/> and <see cref="Names"/> do not say.</summary>
    public string Range { get; set; } = "";

    /// <summary>The range in words, beginning with what is checked; empty: anything of its kind.</summary>
    internal string RangeInWords => string.Join("; ", new[] { Checked, Range }.Where(words => words.Length > 0));

    private string Checked => Names is not null ? string.Join(", ", Known)
        : double.IsNaN(Low) ? ""
        : High >= int.MaxValue ? string.Create(CultureInfo.InvariantCulture, $"from {Low}")
        : string.Create(CultureInfo.InvariantCulture, $"{Low} to {High}");

    private IReadOnlyList<string> Known => Names!.GetProperties()
        .Select(property => property.GetValue(null)).OfType<IReadOnlyList<string>>().Single();

    /// <summary>Refuses a value that is out of the range.</summary>
    /// <param name="key">Dotted, "train.batch".</param>
    /// <param name="value">Of the setting.</param>
    /// <exception cref="ConfigException">Names key, value and range.</exception>
    internal void Demand(string key, object? value)
    {
        if (Names is not null && !Known.Contains(value))
            throw new ConfigException($"{key} is '{value}'; known: {string.Join(", ", Known)}.");
        double number = double.IsNaN(Low) ? double.NaN : Convert.ToDouble(value, CultureInfo.InvariantCulture);
        if (!double.IsNaN(Low) && !(number >= Low && number <= High))
            throw new ConfigException($"{key} is {value}; it must lie between {Low} and {High}.");
    }
}
