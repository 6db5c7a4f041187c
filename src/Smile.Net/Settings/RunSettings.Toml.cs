using System.Globalization;
using System.Text;

namespace Smile.Net.Settings;

public sealed partial record RunSettings
{
    private const int CommentWidth = 120;

    /// <summary>The parts by the names that keys begin with, in the order in which files hold them.</summary>
    internal IEnumerable<(string Name, object Settings)> Parts() =>
        [("data", Data), ("model", Model), ("train", Train), ("augment", Augment), ("relabel", Relabel), ("run", Run)];

    /// <summary>
    /// The settings as TOML, every key written out below what it means, its unit and its range. <c>--config</c> reads the same settings
    /// from it.
    /// </summary>
    public string ToToml()
    {
        var text = new StringBuilder("# Settings of Smile; what is left out stays as it is without it. docs/settings.md says more.\n");
        foreach ((string name, object part) in Parts())
        {
            text.Append('\n').Append('[').Append(name).Append("]\n");
            foreach (SettingOfPart setting in SettingOfPart.Of(part.GetType()))
            {
                string unit = setting.About.Unit, range = setting.About.RangeInWords;
                string told = string.Join("; ", new[] { unit, range }.Where(words => words.Length > 0));
                text.Append('\n');
                foreach (string line in Wrapped(setting.About.Meaning + (told.Length > 0 ? $" ({told})" : "")))
                    text.Append("# ").Append(line).Append('\n');
                text.Append(setting.Name).Append(" = ").Append(Toml(setting.Property.GetValue(part))).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Toml(object? value) => value switch
    {
        string words => Quoted(words),
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        int number => number.ToString(CultureInfo.InvariantCulture),
        IEnumerable<string> words => $"[{string.Join(", ", words.Select(Quoted))}]",
        IEnumerable<int> numbers => $"[{string.Join(", ", numbers)}]",
        _ => throw new InvalidOperationException($"A setting is a {value?.GetType().Name ?? "null"}, which TOML here does not know."),
    };

    /// <summary>A basic string of TOML 1.0.</summary>
    private static string Quoted(string words)
    {
        var text = new StringBuilder("\"");
        foreach (char c in words)
            _ = c is '"' or '\\' ? text.Append('\\').Append(c)
                : char.IsControl(c) ? text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}")
                : text.Append(c);
        return text.Append('"').ToString();
    }

    private static IEnumerable<string> Wrapped(string sentence)
    {
        string line = "";
        foreach (string word in sentence.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > CommentWidth)
            {
                yield return line;
                line = "";
            }

            line += line.Length > 0 ? $" {word}" : word;
        }

        yield return line;
    }
}
