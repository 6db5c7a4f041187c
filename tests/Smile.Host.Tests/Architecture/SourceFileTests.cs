using System.Text.RegularExpressions;

namespace Smile.Host.Tests.Architecture;

/// <summary>What a path says of a file is true.</summary>
public sealed partial class SourceFileTests
{
    private const int MostLines = 400, LongestLine = 140;

    [Theory]
    [InlineData("src/Smile.Kernels")]
    [InlineData("src/Smile.Net")]
    [InlineData("src/Smile.Host")]
    [InlineData("tests/Smile.Kernels.Tests")]
    [InlineData("tests/Smile.Net.Tests")]
    [InlineData("tests/Smile.Host.Tests")]
    public void A_namespace_is_named_as_its_folder(string project)
    {
        string root = SourceFiles.At(project);
        var wrong = new List<string>();
        string main = Path.Combine(root, "Program.cs"); // top-level statements have none
        foreach (string path in SourceFiles.Of(project).Where(path => path != main))
        {
            string folder = Path.GetRelativePath(Path.GetDirectoryName(root)!, Path.GetDirectoryName(path)!);
            string expected = $"namespace {folder.Replace(Path.DirectorySeparatorChar, '.')};";
            if (!File.ReadLines(path).Where(line => line.StartsWith("namespace ", StringComparison.Ordinal)).SequenceEqual([expected]))
                wrong.Add($"{path}: {expected}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("bench")]
    public void No_file_has_more_than_400_lines(string folder)
    {
        var tooLong = SourceFiles.Of(folder).Select(path => (Path: path, Lines: File.ReadLines(path).Count()))
            .Where(file => file.Lines > MostLines).Select(file => $"{file.Path}: {file.Lines} lines");
        Assert.Empty(tooLong);
    }

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("bench")]
    public void No_line_has_more_than_140_characters(string folder)
    {
        var tooLong = SourceFiles.Of(folder).SelectMany(path => Code(path).Where(line => line.Text.Length > LongestLine)
            .Select(line => $"{path}:{line.Number}: {line.Text.Length} characters")).ToArray();
        Assert.True(tooLong.Length == 0, string.Join('\n', tooLong));
    }

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("bench")]
    public void What_a_file_cites_is_in_the_repository(string folder)
    {
        var missing = new List<string>();
        foreach (string path in SourceFiles.Of(folder))
        {
            string text = File.ReadAllText(path);
            missing.AddRange(IssueNumber().Matches(text).Select(match => $"{path}: {match.Value}"));
            missing.AddRange(Page().Matches(text).Select(match => match.Value)
                .Where(page => !File.Exists(SourceFiles.At(page))).Select(page => $"{path}: {page}"));
        }

        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    [GeneratedRegex(@"\b[Ii]ssues? #?[0-9]+")]
    private static partial Regex IssueNumber();

    /// <summary>A page of the repository's root or of docs/; others are named by what writes or reads them.</summary>
    [GeneratedRegex(@"(?<![\w./-])(?:docs/[\w./-]+|[A-Z]+)\.md\b")]
    private static partial Regex Page();

    /// <summary>A file's lines, numbered from 1, but for those of a raw text, which are as long as what they write.</summary>
    private static IEnumerable<(int Number, string Text)> Code(string path)
    {
        bool isRaw = false;
        foreach ((int index, string line) in File.ReadLines(path).Index())
        {
            int quotes = Regex.Count(line, "\"\"\"");
            if (!isRaw && quotes == 0)
                yield return (index + 1, line);
            isRaw ^= quotes % 2 == 1;
        }
    }
}
