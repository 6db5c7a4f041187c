using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Smile.Net.Augment;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Architecture;

/// <summary>docs/settings.md says of every setting what it is where nothing is given.</summary>
public sealed partial class SettingsPageTests
{
    /// <summary>A cell of the page: a setting's key, a column's name without its quotes, and the value that stands there.</summary>
    private sealed record Cell(string Key, string Column, string Value);

    [Fact]
    public void Every_setting_is_on_the_page_once_and_no_other()
    {
        string[] keys = [.. Cells().Select(cell => cell.Key).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(Values(new RunSettings()).Keys.Order(StringComparer.Ordinal), keys);
        Assert.DoesNotContain(Cells().GroupBy(cell => (cell.Key, cell.Column)), group => group.Count() > 1);
    }

    [Theory]
    [InlineData(SettingsPresets.Paper)]
    [InlineData(SettingsPresets.Default)]
    public void Its_values_are_those_of_the_preset(string preset)
    {
        Dictionary<string, string> actual = Values(SettingsPresets.Of(preset));
        // A table with one column of values has it for both; an empty cell is the paper's.
        foreach (var row in Cells().Where(cell => !cell.Key.StartsWith("augment.", StringComparison.Ordinal)).GroupBy(cell => cell.Key))
        {
            string[] columns = [preset, SettingsPresets.Paper, SettingsPresets.Default];
            string told = columns.Select(name => row.FirstOrDefault(cell => cell.Column == name)?.Value ?? "")
                .FirstOrDefault(value => value.Length > 0) ?? "";
            AssertValue(row.Key, told, actual[row.Key]);
        }
    }

    [Theory]
    [InlineData(AugmentPresets.None)]
    [InlineData(AugmentPresets.Light)]
    [InlineData(AugmentPresets.NnUnet)]
    public void Its_values_are_those_of_the_preset_of_augmentation(string preset)
    {
        Dictionary<string, string> actual = Values(new RunSettings { Augment = AugmentPresets.Of(preset) });
        Cell[] column = [.. Cells().Where(cell => cell.Key != "augment.preset" && cell.Column == preset)];
        Assert.NotEmpty(column);
        Assert.All(column, cell => AssertValue(cell.Key, cell.Value, actual[cell.Key]));
    }

    private static void AssertValue(string key, string told, string actual)
    {
        bool same = told == actual || (Number(told) is { } number && Number(actual) is { } other && number == other);
        Assert.True(same, $"{key}: docs/settings.md says '{told}', the code '{actual}'");
    }

    /// <summary>A number, or one over another as in 1/3; null of what is none.</summary>
    private static double? Number(string text)
    {
        double?[] parts = [.. text.Split('/').Select(part =>
            double.TryParse(part, CultureInfo.InvariantCulture, out double number) ? number : (double?)null)];
        return parts.Length == 2 ? parts[0] / parts[1] : parts[0];
    }

    /// <summary>Every setting by its key; a list that is empty is "".</summary>
    private static Dictionary<string, string> Values(RunSettings settings) => JsonNode.Parse(settings.ToText())!.AsObject()
        .SelectMany(part => part.Value!.AsObject().Select(each => (Key: $"{part.Key}.{each.Key}", each.Value)))
        .ToDictionary(each => each.Key, each => each.Value is JsonArray items ? string.Join(", ", items) : each.Value!.ToString());

    private static List<Cell> Cells()
    {
        var cells = new List<Cell>();
        string part = "";
        string[]? columns = null;
        foreach (string line in File.ReadLines(SourceFiles.At("docs/settings.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                part = line[3..line.IndexOf(':', StringComparison.Ordinal)];
            string[] row = line.StartsWith('|') ? [.. line.Split('|')[1..^1].Select(cell => cell.Trim())] : [];
            if (row.Length == 0)
                columns = null;
            else if (row[0] == "key")
                columns = [.. row.Select(name => name.Trim('`'))];
            else if (columns is not null && row[0].StartsWith('`'))
                cells.AddRange(OfRow(part, columns, row));
        }

        return cells;
    }

    private static IEnumerable<Cell> OfRow(string part, string[] columns, string[] row)
    {
        string[] keys = [.. Quoted().Matches(row[0]).Select(match => match.Groups[1].Value)];
        for (int c = 1; c < columns.Length - 1; c++) // the last one explains
        {
            string[] values = keys.Length == 1 ? [row[c]] : row[c].Split(", ");
            Assert.True(values.Length == keys.Length || row[c].Length == 0, $"{row[0]}: {keys.Length} keys, and the values '{row[c]}'");
            for (int k = 0; k < keys.Length; k++)
                yield return new Cell($"{part}.{keys[k]}", columns[c], row[c].Length == 0 ? "" : values[k].Trim('`'));
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
