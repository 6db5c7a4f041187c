using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class HounsfieldProfileTests
{
    /// <summary>Air around a body of 40 HU with fat at its rim, and an organ of 110 HU.</summary>
    private static readonly float[] Body = [.. Enumerable.Range(0, 4096).Select(i => (i % 64, i / 64) switch
    {
        ( < 8 or >= 56, _) or (_, < 8 or >= 56) => -1000f + i % 7,
        ( < 12 or >= 52, _) => -100f + i % 5,
        ( < 30, _) => 110f + i % 9,
        _ => 40f + i % 11,
    })];

    [Fact]
    public void A_CT_raises_no_doubt_wherever_it_was_cut()
    {
        Assert.Empty(Doubts(Body));
        Assert.Empty(Doubts([.. Body.Where(hounsfield => hounsfield > -900)])); // inside the body: fat, no air
        Assert.Empty(Doubts([.. Body.Where(hounsfield => hounsfield is < -900 or > 0)])); // air, no fat
        Assert.Empty(Doubts([.. Body.Select(hounsfield => Math.Clamp(hounsfield, -160, 240))])); // through the window itself
        Assert.Empty(Doubts([.. Body.Select((hounsfield, i) => i % 9 == 0 ? -3024 : hounsfield)])); // padding outside the circle
        Assert.Empty(Doubts([.. Body.Select((hounsfield, i) => i == 5 ? 14000 : hounsfield)])); // metal
    }

    [Theory]
    [InlineData("unit", "numbers from 0 to 0.695: an image scaled to 0 .. 1")]
    [InlineData("signed unit", "an image scaled to 0 .. 1 or -1 .. 1")]
    [InlineData("bytes", "grey values of a window")]
    [InlineData("normalised", "a normalised image")]
    [InlineData("stored", "none near air (-1000) and none near fat (-100): stored values without their intercept (HU + 1024), MR")]
    [InlineData("stored from 0", "stored values without their intercept")]
    [InlineData("MR", "stored values without their intercept (HU + 1024), MR")]
    [InlineData("unsigned", "Were signed numbers taken for unsigned ones?")]
    [InlineData("constant", "every voxel is 7: no image.")]
    public void Numbers_that_are_no_HU_are_told(string kind, string doubt)
    {
        float[] voxels = [.. Body.Select((hounsfield, i) => kind switch
        {
            "unit" => (Math.Clamp(hounsfield, -160, 240) + 160) / 400,
            "signed unit" => Math.Clamp(hounsfield, -160, 240) / 240,
            "bytes" => MathF.Floor((Math.Clamp(hounsfield, -160, 240) + 160) / 400 * 255),
            "normalised" => (hounsfield + 300) / 450,
            "stored" => hounsfield + 1024,
            "stored from 0" => hounsfield + 1000,
            "MR" => Math.Max(0, (hounsfield + 1000) / 2 + i % 30),
            "unsigned" => hounsfield < 0 ? hounsfield + 65536 : hounsfield,
            _ => 7,
        })];
        Assert.Contains(doubt, Assert.Single(Doubts(voxels)), StringComparison.Ordinal);
    }

    [Fact]
    public void Slices_that_alternate_are_two_images()
    {
        IReadOnlyList<string> Of(params float[] contrast)
        {
            var profile = new HounsfieldProfile(contrast.Length);
            for (int z = contrast.Length - 1; z >= 0; z--) // in any order
                profile.Add(z, [.. Body.Select(hounsfield => hounsfield > 0 ? hounsfield + contrast[z] : hounsfield)]);
            return profile.Doubts;
        }

        Assert.Contains("every second slice is about 73 HU above its neighbours", Assert.Single(Of(0, 90, 10, 90, 0, 95, 5, 90, 0, 85)),
            StringComparison.Ordinal);
        Assert.Empty(Of(0, 90, 10, 90, 0, 95, 5)); // too few to tell
        Assert.Empty(Of(0, 10, 20, 30, 40, 50, 60, 50, 40, 30));
        Assert.Empty(Of(0, 3, 0, 3, 0, 3, 0, 3, 0, 3)); // rows of a detector
        Assert.Empty(Of(0, 90, 0, 90, 0, 0, 90, 0, 90, 0)); // not throughout
    }

    [Fact]
    public void Percentiles_are_of_all_voxels()
    {
        var profile = new HounsfieldProfile(2);
        Assert.True(double.IsNaN(profile.Percentile(0.5)));
        Assert.Empty(profile.Doubts);
        profile.Add(0, [-1000, -500, 0, 7.5f]);
        profile.Add(1, [40, 41, 42, 30000]);
        Assert.Equal([-1000, -1000, 7, 41, 16383], new[] { 0, 0.125, 0.5, 0.75, 1 }.Select(profile.Percentile));
        Assert.Equal((-1000f, 30000f), (profile.Minimum, profile.Maximum));
    }

    private static IReadOnlyList<string> Doubts(float[] voxels)
    {
        var profile = new HounsfieldProfile(1);
        profile.Add(0, voxels);
        return profile.Doubts;
    }
}
