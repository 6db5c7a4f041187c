namespace Smile.Host.Tests;

/// <summary>The real images that tests may read: SMILE_TEST_DATA, else shared/data beside the repository.</summary>
internal static class TestData
{
    /// <summary>The path of a file or folder there; the test is skipped where it is absent.</summary>
    public static string Require(string relative)
    {
        string folder = Environment.GetEnvironmentVariable("SMILE_TEST_DATA") ?? Path.Combine(Root(), "..", "shared", "data");
        string path = Path.GetFullPath(Path.Combine(folder, relative));
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"no test data at {path} (set SMILE_TEST_DATA)");
        return path;
    }

    /// <summary>The folder with Smile.sln, above that of the tests.</summary>
    public static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Smile.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("Smile.sln is above no folder of the tests.");
    }
}
