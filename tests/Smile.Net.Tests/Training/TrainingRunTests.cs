using Smile.Net.Training;

namespace Smile.Net.Tests.Training;

public sealed class TrainingRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-run-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Methods.Baseline)]
    [InlineData(Methods.Smile)]
    [InlineData(Methods.Smiler)]
    public void A_toy_problem_is_learnt(string method)
    {
        var recorder = new Recorder();
        using TrainingRun run = TrainingRun.Start(Path.Combine(_folder, "run"), Toy.Settings(method, 60), Toy.Organs, Toy.Cases(), recorder);
        run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(60, recorder.Losses.Count);
        double first = recorder.Losses.Take(5).Average(), last = recorder.Losses.TakeLast(5).Average();
        Assert.True(last < 0.5 * first, $"loss {first} -> {last}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{method}: {first} -> {last}; dice {string.Join(", ", recorder.Validations.Select(v => v.MeanDice))}");
        foreach (var round in recorder.Rounds)
            TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", round.Organs));
    }
}
