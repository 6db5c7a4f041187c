using System.Text.Json;

namespace Smile.Host.Tests.Architecture;

/// <summary>What goes out with the package.</summary>
public sealed class PackageTests
{
    [Fact]
    public void Each_library_that_is_packed_is_named_with_its_licence()
    {
        using var locked = JsonDocument.Parse(File.ReadAllText(SourceFiles.At("src/Smile.Host/packages.lock.json")));
        string[] libraries = [.. locked.RootElement.GetProperty("dependencies").EnumerateObject()
            .SelectMany(each => each.Value.EnumerateObject())
            .Where(library => library.Value.GetProperty("type").GetString() != "Project").Select(library => library.Name)];
        string[] rows = [.. File.ReadLines(SourceFiles.At("THIRD-PARTY-NOTICES.md"))
            .Where(line => line.StartsWith('|')).Skip(2).SelectMany(line => line.Split('|')[1].Split(',', StringSplitOptions.TrimEntries))];
        Assert.Equal(libraries.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }
}
