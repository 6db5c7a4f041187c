using System.Text.Json;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Settings;

public sealed class SettingsPageTests
{
    [Fact]
    public void Every_setting_stands_in_the_part_of_the_users_page_that_its_key_begins_with()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Smile.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Smile.sln is above no folder of the tests.");
        string page = File.ReadAllText(Path.Combine(folder, "docs", "settings.md"));
        var parts = page.Split("\n## ").Skip(1).ToDictionary(part => part[..part.IndexOf(':', StringComparison.Ordinal)]);
        using JsonDocument settings = JsonDocument.Parse(new RunSettings().ToText());
        var missing = settings.RootElement.EnumerateObject().SelectMany(part => part.Value.EnumerateObject()
            .Where(setting => !parts[part.Name].Contains($"`{setting.Name}`", StringComparison.Ordinal))
            .Select(setting => $"{part.Name}.{setting.Name}"));
        Assert.Empty(missing);
    }
}
