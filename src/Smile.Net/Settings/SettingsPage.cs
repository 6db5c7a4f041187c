using System.Globalization;
using System.Text.RegularExpressions;
using Smile.Net.Augment;

namespace Smile.Net.Settings;

/// <summary>
/// The tables of docs/settings.md: every key with its unit, what it is where nothing is given, its range and its meaning. On the page a
/// table stands below <c>&lt;!-- settings of PART --&gt;</c> and reaches to the next empty line.
/// </summary>
internal static partial class SettingsPage
{
    /// <summary>The page with its tables made anew.</summary>
    /// <param name="page">Markdown.</param>
    /// <exception cref="ConfigException">There is no place for a part's table.</exception>
    public static string With(string page)
    {
        foreach ((string name, _) in new RunSettings().Parts())
        {
            string mark = $"<!-- settings of {name} -->\n";
            int start = page.IndexOf(mark, StringComparison.Ordinal);
            if (start < 0)
                throw new ConfigException($"The page has no line '{mark.TrimEnd()}', below which the table of '{name}' would stand.");
            start += mark.Length;
            int empty = page.IndexOf("\n\n", start - 1, StringComparison.Ordinal);
            page = page[..start] + Table(name) + (empty < 0 ? "" : page[(empty + 1)..]);
        }

        return page;
    }

    private static string Table(string part)
    {
        (string Name, RunSettings Settings)[] columns = part == "augment"
            ? [.. AugmentPresets.All.Select(name => (name, new RunSettings { Augment = AugmentPresets.Of(name) }))]
            : [.. SettingsPresets.All.Select(name => (name, SettingsPresets.Of(name)))];
        var lines = new List<string>
        {
            $"| key | unit | {string.Join(" | ", columns.Select(column => $"`{column.Name}`"))} | range | meaning |",
            $"|---|---|{string.Concat(columns.Select(_ => "---|"))}---|---|",
        };
        object[] held = [.. columns.Select(column => column.Settings.Parts().Single(each => each.Name == part).Settings)];
        foreach (SettingOfPart setting in SettingOfPart.Of(held[0].GetType()))
        {
            string values = string.Join(" | ", held.Select(each => Value(setting.Property.GetValue(each))));
            bool flag = setting.Property.PropertyType == typeof(bool);
            lines.Add($"| `{setting.Name}` | {setting.About.Unit} | {values} | {(flag ? "true, false" : setting.About.RangeInWords)} | "
                + $"{Page().Replace(setting.About.Meaning, "[$1.md]($1.md)")} |");
        }

        return string.Concat(lines.Select(line => line + "\n"));
    }

    private static string Value(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        double number => number.ToString("G6", CultureInfo.InvariantCulture),
        IEnumerable<int> numbers => string.Join(", ", numbers),
        string words => words,
        IEnumerable<string> words => string.Join(", ", words),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    [GeneratedRegex(@"docs/(\w+)\.md")]
    private static partial Regex Page();
}
