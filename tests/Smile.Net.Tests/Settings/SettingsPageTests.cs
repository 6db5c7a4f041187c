using System.Globalization;
using System.Text.Json.Nodes;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Settings;

public sealed class SettingsPageTests
{
    public static TheoryData<string, string> Bounds()
    {
        var bounds = new TheoryData<string, string>();
        foreach ((string part, object held) in new RunSettings().Parts())
            foreach (SettingOfPart setting in SettingOfPart.Of(held.GetType()).Where(each => !double.IsNaN(each.About.Low)))
            {
                double step = setting.Property.PropertyType == typeof(int) ? 1 : 1e-6;
                bounds.Add($"{part}.{setting.Name}", (setting.About.Low - step).ToString("R", CultureInfo.InvariantCulture));
                if (setting.About.High < int.MaxValue)
                    bounds.Add($"{part}.{setting.Name}", (setting.About.High + step).ToString("R", CultureInfo.InvariantCulture));
            }

        return bounds;
    }

    [Fact]
    public void The_tables_of_the_users_page_are_those_that_the_code_makes()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Smile.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Smile.sln is above no folder of the tests.");
        string page = File.ReadAllText(Path.Combine(folder, "docs", "settings.md")).ReplaceLineEndings("\n");
        Assert.True(SettingsPage.With(page) == page, "docs/settings.md is not what the settings say. Make its tables anew: "
            + "dotnet run -c Release --project bench/Smile.Bench -- settings docs/settings.md");
    }

    [Fact]
    public void The_parts_hold_every_key_that_a_file_may_hold()
    {
        var parts = JsonNode.Parse(new RunSettings().ToText())!.AsObject();
        IEnumerable<string> stored = parts.SelectMany(part => part.Value!.AsObject().Select(each => $"{part.Key}.{each.Key}"));
        Assert.Equal(stored, new RunSettings().Parts().SelectMany(part => SettingOfPart.Of(part.Settings.GetType())
            .Select(setting => $"{part.Name}.{setting.Name}")));
    }

    [Theory]
    [MemberData(nameof(Bounds))]
    public void What_lies_out_of_the_range_that_the_page_tells_is_refused_by_its_key(string key, string value)
    {
        var refused = Assert.Throws<ConfigException>(() => new RunSettings().With([new GivenSetting(key, value, "test")]).Validate());
        Assert.StartsWith($"{key} is ", refused.Message, StringComparison.Ordinal);
    }
}
