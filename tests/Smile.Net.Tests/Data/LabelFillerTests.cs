using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Net.Augment;
using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class LabelFillerTests
{
    private const int Rows = 9, Columns = 11;

    private static readonly Rng _rng = new(11);

    [Theory]
    [InlineData(9, 11, 0, 0)]
    [InlineData(5, 6, 2, 3)]
    [InlineData(5, 6, -2, -3)]
    [InlineData(13, 14, -2, -1)] // all of the slice, and padding on every side
    [InlineData(4, 17, 7, -5)]
    [InlineData(4, 5, 9, 0)] // nothing of it
    [InlineData(4, 5, 0, -5)]
    public void Every_pixel_says_what_its_voxel_says(int height, int width, int top, int left)
    {
        byte[] labels = new byte[2 * Rows * Columns];
        uint[] pseudo = new uint[labels.Length], absent = [.. labels.Select(_ => (uint)_rng.Next(8))];
        for (int v = 0; v < labels.Length; v++)
        {
            bool again = v > 0 && _rng.NextDouble() < 0.6;
            (labels[v], pseudo[v]) = again ? (labels[v - 1], pseudo[v - 1])
                : (new byte[] { 0, 0, 1, 2, 3, Labels.Ignore }[_rng.Next(6)], (uint)_rng.Next(8));
        }

        var source = new CaseData("a", new Volume(Geometry.Regular(2, Rows, Columns, 2, 1, 1), new float[labels.Length]), labels, 0b001);
        foreach (bool epsilon in new[] { true, false })
            foreach (bool flip in new[] { true, false })
                foreach (int rounds in new[] { 0, 1, 2, 3 })
                    Check(source, (rounds & 1) != 0 ? pseudo : null, (rounds & 2) != 0 ? absent : null,
                        new SliceDraw(0, 1, top, left, 1, 0, flip),
                        new SamplerSettings { Height = height, Width = width, Epsilon = epsilon });
    }

    [Fact]
    public void Under_a_map_that_changes_nothing_the_same_comes_out()
    {
        byte[] labels = [.. Enumerable.Range(0, Rows * Columns).Select(_ => new byte[] { 0, 1, 2, Labels.Ignore }[_rng.Next(4)])];
        var pseudo = Bits.Runs([.. labels.Select(_ => (uint)_rng.Next(4))], labels.Length);
        var source = new CaseData("a", new Volume(Geometry.Regular(1, Rows, Columns, 2, 1, 1), new float[labels.Length]), labels, 0b01);
        var settings = new SamplerSettings { Height = 8, Width = 15 };
        var draw = new SliceDraw(0, 0, 2, -3, 1, 0, Flip: true);
        var map = new PlaneMap(8, 15);
        map.Draw(new AugmentSettings(), draw.Top, draw.Left, draw.Flip, new Rng(1));
        LabelFiller plain = new(settings, 2, null, labels.Length), mapped = new(settings, 2, map, labels.Length);
        var added = (pseudo, Bits.Runs([.. pseudo.InWords().Select(word => word ^ 0b10)], labels.Length));
        uint[][] expected = Filled(plain, source, added, draw, 8 * 15), found = Filled(mapped, source, added, draw, 8 * 15);
        Assert.Equal(expected[0], found[0]);
        Assert.Equal(expected[1], found[1]);
        Assert.Equal(expected[2], found[2]);
    }

    private static void Check(CaseData source, uint[]? pseudo, uint[]? absent, SliceDraw draw, SamplerSettings settings)
    {
        byte[] labels = source.Labels.ToArray();
        uint[][] found = Filled(new LabelFiller(settings, 3, null, Rows * Columns), source, (Runs(pseudo), Runs(absent)), draw,
            settings.Height * settings.Width);
        for (int i = 0; i < found[0].Length; i++)
        {
            int y = i / settings.Width + draw.Top, column = i % settings.Width;
            int x = (draw.Flip ? settings.Width - 1 - column : column) + draw.Left;
            (uint organ, uint known, uint kind) = (0, 0, SoftmaxShape.Ignored);
            if (y is >= 0 and < Rows && x is >= 0 and < Columns)
            {
                int v = (draw.Z * Rows + y) * Columns + x;
                (OrganBits isOrgan, OrganBits isKnown) = AmbiguityMap.Bits(labels[v], source.Annotated, 3);
                (organ, known) = (isOrgan.Word(0), isKnown.Word(0));
                known &= settings.Epsilon ? uint.MaxValue : source.Annotated.Word(0);
                if (pseudo is not null && labels[v] != Labels.Ignore)
                    (organ, known) = AmbiguityMap.WithPseudo(organ, known, pseudo[v]);
                known |= absent is not null && labels[v] != Labels.Ignore ? absent[v] : 0;
                if (labels[v] != Labels.Ignore)
                    kind = AmbiguityMap.Visible(labels[v], source.Annotated);
            }

            Assert.Equal((i, organ, known, kind), (i, found[0][i], found[1][i], found[2][i]));
        }
    }

    private static OrganRuns? Runs(uint[]? words) => words is null ? null : Bits.Runs(words, Rows * Columns);

    /// <summary>Organs, known and classes, filled over what a buffer may hold.</summary>
    private static uint[][] Filled(
        LabelFiller filler, CaseData source, (OrganRuns? Pseudo, OrganRuns? Absent) added, SliceDraw draw, int pixels)
    {
        uint[][] filled = [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Repeat(7777u, pixels).ToArray())];
        filler.Find(source, draw);
        filler.Bits(source, added.Pseudo, added.Absent, draw, filled[0], filled[1]);
        filler.Classes(source, draw, filled[2]);
        return filled;
    }
}
