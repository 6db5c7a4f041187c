using System.Text.RegularExpressions;

namespace Smile.Host.Tests.Commands;

/// <summary>What commands say of one case, one file and one of everything else.</summary>
public sealed partial class CountsInWordsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-counts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void One_is_never_called_several()
    {
        string data = Path.Combine(_folder, "data"), predictions = Directory.CreateDirectory(Path.Combine(_folder, "predictions")).FullName;
        string told = Told("phantom", "-o", data, "-n", "1", "--test", "1", "--size", "12x48x48");
        Assert.Contains("1 training and 1 test case of", told, StringComparison.Ordinal);
        told += Told("dataset", "check", data);
        Assert.Contains("1 training case (0 partly annotated), 1 test case", told, StringComparison.Ordinal);
        told += Told("dataset", "import", data, "-o", Path.Combine(_folder, "again"));
        File.Copy(Directory.GetFiles(Path.Combine(data, "labelsTr"))[0], Path.Combine(predictions, "case_001.nii.gz"));
        told += Told("evaluate", "-p", predictions, "--data", data);
        File.WriteAllText(Path.Combine(data, "annotations.json"), """{ "case_001": ["heart"] }""");
        told += Told("dataset", "check", data);
        Assert.Contains("1 fault.", told, StringComparison.Ordinal);
        Assert.DoesNotMatch(Several(), told);
    }

    [Theory]
    [InlineData("1 of 1 cases failed", true)]
    [InlineData("1 training cases", true)]
    [InlineData("1 of 4 cases has", false)]
    [InlineData("21 cases", false)]
    [InlineData("0.1 voxels", false)]
    public void The_test_can_fail(string text, bool fails) => Assert.Equal(fails, Several().IsMatch(text));

    private static string Told(params string[] args)
    {
        CliResult result = SmileCli.Run(args);
        return result.Out + result.Error;
    }

    [GeneratedRegex(@"(?<![\d.,])1 (?:[a-z]+ ){0,2}(?:cases|files|images|maps|names|faults|entries|cells|voxels|slices|steps|pages)\b")]
    private static partial Regex Several();
}
