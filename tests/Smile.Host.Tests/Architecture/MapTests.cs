using System.Text.RegularExpressions;

namespace Smile.Host.Tests.Architecture;

/// <summary>The pages that say where things stand: what they name is there.</summary>
public sealed partial class MapTests
{
    private static readonly string[] _roots = ["src", "tests", "bench", "docs"];

    [Theory]
    [InlineData("docs/map.md")]
    [InlineData("CONTRIBUTING.md")]
    public void What_a_page_names_exists(string page)
    {
        string[] paths = Paths();
        string code = string.Join('\n', paths.Where(path => path.EndsWith(".cs", StringComparison.Ordinal))
            .Select(path => File.ReadAllText(SourceFiles.At(path))));
        string[] names = [.. Quoted().Matches(File.ReadAllText(SourceFiles.At(page))).Select(match => match.Groups[1].Value)
            .Where(name => !name.Contains("Foo", StringComparison.Ordinal)).Distinct()]; // Foo: the operation to be added
        Assert.NotEmpty(names);
        string[] missing = [.. names.Where(name => IsPath().IsMatch(name) ? !paths.Any(path => Pattern(name).IsMatch(path))
            : IsName().IsMatch(name) && !Regex.IsMatch(code, $@"\b{name[(name.LastIndexOf('.') + 1)..]}\b"))];
        Assert.True(missing.Length == 0, $"{page} names what is not there: {string.Join(", ", missing)}");
    }

    /// <summary>
    /// A path from the root, or the end of one: <c>&lt;Operation&gt;</c> stands for any name, <c>...</c> for the start of one.
    /// </summary>
    private static Regex Pattern(string name)
    {
        string pattern = Regex.Escape(name.TrimEnd('/')).Replace(@"\.\.\.", "[^/]*", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal);
        bool fromRoot = _roots.Contains(name.Split('/')[0]);
        return new Regex($"^{(fromRoot ? "" : "(.*/)?")}{Placeholder().Replace(pattern, "[^/]+")}$");
    }

    /// <summary>Files and folders, from the root.</summary>
    private static string[] Paths()
    {
        string[] files = [.. _roots.SelectMany(root => Directory.GetFiles(SourceFiles.At(root), "*", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(SourceFiles.At(""), path).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(path => !Built().IsMatch(path))];
        return [.. files.SelectMany(file => file.Split('/').Select((_, parts) => string.Join('/', file.Split('/').Take(parts + 1))))
            .Distinct()];
    }

    [GeneratedRegex("`([^` ]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"/|\.(cs|md)$")]
    private static partial Regex IsPath();

    [GeneratedRegex(@"^[A-Z]\w+(\.[A-Z]\w+)?$")]
    private static partial Regex IsName();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Placeholder();

    [GeneratedRegex("(^|/)(obj|bin)/")]
    private static partial Regex Built();
}
