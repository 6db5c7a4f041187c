namespace Smile.Bench;

/// <summary>Where the real CT lie that no commit holds.</summary>
internal static class SharedData
{
    /// <summary>The environment variable that names their folder.</summary>
    public const string Variable = "SMILE_TEST_DATA";

    /// <summary>What the variable says, else <c>shared/data</c> beside the repository, there or not.</summary>
    public static string Folder() => Path.GetFullPath(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given
        : Path.Combine(Results.Folder(""), "..", "..", "..", "shared", "data"));
}
