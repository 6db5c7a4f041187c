namespace Smile.Host.Tests.Commands;

public sealed class PhantomCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-phantom-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Writes_the_cases_asked_for_and_says_so()
    {
        string set = Path.Combine(_folder, "set");
        var result = SmileCli.Run("phantom", "-o", set, "-n", "2", "--test", "1", "--size", "12x48x50");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("2 training and 1 test case of 12 x 48 x 50", result.Out, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(set, "imagesTr")).Length);
        Assert.Single(Directory.GetFiles(Path.Combine(set, "labelsTs")));
    }

    [Theory]
    [InlineData("--size", "24x96", "--size 24x96")]
    [InlineData("--size", "1x2x3", "Depth")]
    [InlineData("--cases", "0", "0 training")]
    [InlineData("--noise", "NaN", "Noise")]
    public void Values_out_of_range_exit_2(string option, string value, string named)
    {
        SmileCli.Fails(2, ["phantom", "-o", Path.Combine(_folder, "set"), option, value], named);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_number_that_is_none_exits_2() => Assert.Equal(2, SmileCli.Run("phantom", "-o", _folder, "--cases", "many").ExitCode);

    [Fact]
    public void A_folder_that_cannot_be_made_exits_3()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        SmileCli.Fails(3, ["phantom", "-o", Path.Combine(file, "set"), "-n", "1"], file);
    }
}
