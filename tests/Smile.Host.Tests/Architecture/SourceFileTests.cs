namespace Smile.Host.Tests.Architecture;

/// <summary>What a path says of a file is true.</summary>
public sealed class SourceFileTests
{
    private const int MostLines = 400;

    [Theory]
    [InlineData("src/Smile.Kernels", Skip = "one namespace still")]
    [InlineData("src/Smile.Net")]
    [InlineData("src/Smile.Host")]
    [InlineData("tests/Smile.Kernels.Tests", Skip = "follows src/Smile.Kernels")]
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
