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
        string root = Path.Combine(Repository(), project);
        var wrong = new List<string>();
        foreach (string path in Files(project).Where(path => path != Path.Combine(root, "Program.cs"))) // top-level statements have none
        {
            string folder = Path.GetRelativePath(Path.GetDirectoryName(root)!, Path.GetDirectoryName(path)!);
            string expected = $"namespace {folder.Replace(Path.DirectorySeparatorChar, '.')};";
            if (!File.ReadLines(path).Where(line => line.StartsWith("namespace ", StringComparison.Ordinal)).SequenceEqual([expected]))
                wrong.Add($"{path}: {expected}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void No_file_in_src_has_more_than_400_lines()
    {
        var tooLong = Files("src").Select(path => (Path: path, Lines: File.ReadLines(path).Count())).Where(file => file.Lines > MostLines)
            .Select(file => $"{file.Path}: {file.Lines} lines");
        Assert.Empty(tooLong);
    }

    [Theory]
    [InlineData("src/Smile.Net")]
    [InlineData("tests/Smile.Net.Tests")]
    public void No_line_has_more_than_140_characters(string folder)
    {
        var tooLong = Files(folder).SelectMany(path => File.ReadLines(path).Index().Where(line => line.Item.Length > LongestLine)
            .Select(line => $"{path}:{line.Index + 1}: {line.Item.Length} characters")).ToArray();
        Assert.True(tooLong.Length == 0, string.Join('\n', tooLong));
    }

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("bench")]
    public void What_a_file_cites_is_in_the_repository(string folder)
    {
        var missing = new List<string>();
        foreach (string path in Files(folder))
        {
            string text = File.ReadAllText(path);
            missing.AddRange(IssueNumber().Matches(text).Select(match => $"{path}: {match.Value}"));
            missing.AddRange(Page().Matches(text).Select(match => match.Value)
                .Where(page => !File.Exists(Path.Combine(Repository(), page))).Select(page => $"{path}: {page}"));
        }

        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    [GeneratedRegex(@"\b[Ii]ssues? #?[0-9]+")]
    private static partial Regex IssueNumber();

    /// <summary>A page of the repository's root or of docs/; others are named by what writes or reads them.</summary>
    [GeneratedRegex(@"(?<![\w./-])(?:docs/[\w./-]+|[A-Z]+)\.md\b")]
    private static partial Regex Page();

    /// <summary>The C# files of a folder of the repository; there are some.</summary>
    private static string[] Files(string folder)
    {
        string[] files = Directory.GetFiles(Path.Combine(Repository(), folder), "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        return files;
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Smile.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} lies in no checkout of Smile.");
    }
}
