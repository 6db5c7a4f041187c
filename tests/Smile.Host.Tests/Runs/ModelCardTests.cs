using Smile.Host.Runs;
using Smile.Host.Tests.Commands;
using Smile.Net.Weights;

namespace Smile.Host.Tests.Runs;

public sealed class ModelCardTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    private string Card => File.ReadAllText(Path.Combine(trained.Run, ModelCard.FileName));

    [Fact]
    public void A_finished_run_says_what_its_model_was_taught_on_and_how_well_it_did()
    {
        Assert.Contains("Segments liver, stomach in CT volumes", Card, StringComparison.Ordinal);
        Assert.Contains($"| SHA-256 of the weights | `{WeightsHash.OfFile(trained.Final)}` |", Card, StringComparison.Ordinal);
        Assert.Contains("| method | smiler, 12 steps of 2 slices, seed 1 |", Card, StringComparison.Ordinal);
        Assert.Contains("| cases, those held out among them | 4 |", Card, StringComparison.Ordinal);
        // case_2 is fully annotated, case_0 has the liver, case_1 the stomach, case_3 nothing.
        Assert.Contains("| liver annotated in | 2 |", Card, StringComparison.Ordinal);
        Assert.Contains("| stomach annotated in | 2 |", Card, StringComparison.Ordinal);
        Assert.Contains("| slices lie apart | 2 to 2 mm |", Card, StringComparison.Ordinal);
        Assert.Contains("On 1 test case.", Card, StringComparison.Ordinal);
        Assert.Contains("no medical device", Card, StringComparison.Ordinal);
    }

    [Fact]
    public void It_names_no_path_and_no_case()
    {
        Assert.DoesNotContain(trained.Root, Card, StringComparison.Ordinal);
        Assert.DoesNotContain(trained.Data.Folder, Card, StringComparison.Ordinal);
        Assert.DoesNotContain("case_", Card, StringComparison.Ordinal);
        Assert.DoesNotContain("test_0", Card, StringComparison.Ordinal);
    }
}
