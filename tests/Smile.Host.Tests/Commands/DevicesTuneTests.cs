namespace Smile.Host.Tests.Commands;

/// <summary>The table of measured convolutions by the command line.</summary>
public sealed class DevicesTuneTests : IDisposable
{
    private const string Cache = "SMILE_CACHE";

    private static readonly string[] _small =
        ["--threads", "1", "--set", "train.size=48", "--set", "train.batch=1", "--set", "model.width=8"];

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-tune-").FullName;
    private readonly string? _before = Environment.GetEnvironmentVariable(Cache);

    public DevicesTuneTests() => Environment.SetEnvironmentVariable(Cache, _folder);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Cache, _before);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void What_is_to_be_measured_is_refused_where_nothing_is() =>
        SmileCli.Fails(2, ["devices", .. _small], "--tune");

    [Fact]
    public void A_table_is_made_listed_and_followed()
    {
        string[] profile = ["profile", "--steps", "1", "--device", "cpu:tuned", .. _small];
        SmileCli.Fails(4, profile, "cpu:tuned", "devices --tune");
        Assert.Contains("cpu:tuned  no", SmileCli.Run("devices").Out, StringComparison.Ordinal);

        var tuned = SmileCli.Run(["devices", "--tune", .. _small]);
        Assert.True(tuned.ExitCode == 0, tuned.Error);
        Assert.Contains("--device cpu:tuned", tuned.Out, StringComparison.Ordinal);

        Assert.Contains("cpu:tuned  yes", SmileCli.Run("devices").Out, StringComparison.Ordinal);
        var profiled = SmileCli.Run(profile);
        Assert.True(profiled.ExitCode == 0, profiled.Error);
        Assert.Contains(", measured", profiled.Out, StringComparison.Ordinal);
    }
}
