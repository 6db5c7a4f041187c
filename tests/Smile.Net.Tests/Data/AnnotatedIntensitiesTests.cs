using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class AnnotatedIntensitiesTests
{
    [Fact]
    public void Only_voxels_of_organs_annotated_in_their_case_count()
    {
        CaseData one = Case([50, -1000, 70, 900, 60], [1, 0, 1, 2, 255], annotated: 0b01);
        CaseData two = Case([10, 20, 30, 40, 7], [2, 2, 1, 1, 0], annotated: 0b10);
        var found = AnnotatedIntensities.Of([one, two]);
        Assert.Equal(4, found.Voxels); // 50 and 70, 10 and 20
        Assert.Equal(37.5, found.Mean);
        Assert.Equal(Math.Sqrt(((12.5 * 12.5) + (32.5 * 32.5) + (27.5 * 27.5) + (17.5 * 17.5)) / 4), found.Deviation, 1e-12);
    }

    [Fact]
    public void Percentiles_lie_between_voxels_in_proportion()
    {
        // 0 .. 1000 in any order: 0.5 % of the way from 0 to 1000.
        int[] order = [.. Enumerable.Range(0, 1001).Select(i => i * 5 % 1001)];
        var found = AnnotatedIntensities.Of([Case([.. order.Select(i => (float)i)], [.. order.Select(_ => (byte)1)], annotated: 0b01)]);
        Assert.Equal(5, found.Low, 1e-9);
        Assert.Equal(995, found.High, 1e-9);
        Assert.Equal(500, found.Mean, 1e-9);
        var few = AnnotatedIntensities.Of([Case([10, 30, 20], [1, 1, 1], annotated: 0b01)]);
        Assert.Equal((10.1, 29.9), (Math.Round(few.Low, 9), Math.Round(few.High, 9)));
    }

    [Fact]
    public void Of_very_many_voxels_every_so_many_are_looked_at_case_after_case()
    {
        CaseData[] cases = [Case([1, 2, 3, 4, 5], [1, 1, 0, 1, 1], 0b01), Case([6, 7, 8, 9, 10], [1, 1, 1, 1, 1], 0b01)];
        Assert.Equal(9, AnnotatedIntensities.Of(cases).Voxels);
        var found = AnnotatedIntensities.Of(cases, mostVoxels: 4); // every third of 1 2 4 5 6 7 8 9 10
        Assert.Equal((3, (1 + 5 + 8) / 3.0), (found.Voxels, found.Mean));
    }

    [Fact]
    public void Where_there_is_nothing_to_go_by_that_is_said()
    {
        Refused("annotated", Case([1, 2], [1, 1], annotated: 0));
        Refused("annotated", Case([1, 2], [0, 255], annotated: 0b11));
        Refused("from 4 to 4 HU", Case([4, 4], [1, 2], annotated: 0b11));
        Refused("HU", Case([4, float.NaN], [1, 2], annotated: 0b11));
        Refused("HU", Case([4, float.PositiveInfinity], [1, 2], annotated: 0b11));

        static void Refused(string what, CaseData data)
        {
            string message = Assert.Throws<DataException>(() => AnnotatedIntensities.Of([data])).Message;
            Assert.Contains(what, message, StringComparison.Ordinal);
            Assert.Contains("data.window=fixed", message, StringComparison.Ordinal);
        }
    }

    private static CaseData Case(float[] hu, byte[] labels, uint annotated) =>
        new("a", new Volume(Geometry.Regular(1, 1, hu.Length, 1, 1, 1), hu), labels, annotated);
}
