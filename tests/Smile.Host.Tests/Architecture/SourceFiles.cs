namespace Smile.Host.Tests.Architecture;

/// <summary>The checkout that the tests run from.</summary>
internal static class SourceFiles
{
    private static readonly string _root = Root();

    /// <summary>A path of the repository on this machine.</summary>
    public static string At(string path) => Path.Combine(_root, path);

    /// <summary>The C# files of a folder of the repository; there are some.</summary>
    public static string[] Of(string folder)
    {
        string[] files = Directory.GetFiles(At(folder), "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        return files;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Smile.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} lies in no checkout of Smile.");
    }
}
