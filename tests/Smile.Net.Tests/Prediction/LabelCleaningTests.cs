using Smile.Net.Data;
using Smile.Net.Prediction;

namespace Smile.Net.Tests.Prediction;

public sealed class LabelCleaningTests
{
    private static readonly LabelCleaning _largest = new(Largest: true, Holes: false), _holes = new(Largest: false, Holes: true);

    [Fact]
    public void The_largest_piece_of_each_organ_stays_and_pieces_that_share_a_corner_are_one()
    {
        byte[] labels = Slice(
            "11...2",
            "11..2.",
            "..1..2",
            "1.....",
            "....11");
        CleanedOrgan[] done = _largest.Clean(labels, Grid(1, 5, 6), 2);
        Assert.Equal(Slice(
            "11...2",
            "11..2.",
            "..1..2",
            "......",
            "......"), labels);
        Assert.Equal([new CleanedOrgan(3, 3, 0), new CleanedOrgan(1, 0, 0)], done);
    }

    [Fact]
    public void Pieces_are_one_through_the_slices_by_corners_too_and_of_equal_ones_the_first_stays()
    {
        byte[] labels = [.. Slice("1..", "...", "..1"), .. Slice("...", ".1.", "..."), .. Slice("...", "...", "...")];
        Assert.Equal([new CleanedOrgan(1, 0, 0)], _largest.Clean(labels, Grid(3, 3, 3), 1));
        Assert.Equal(3, labels.Count(label => label == 1));
        byte[] equal = Slice("11.", "...", ".11");
        Assert.Equal([new CleanedOrgan(2, 2, 0)], _largest.Clean(equal, Grid(1, 3, 3), 1));
        Assert.Equal(Slice("11.", "...", "..."), equal);
    }

    [Fact]
    public void Holes_are_background_inside_one_organ_that_no_faces_join_to_the_edge()
    {
        byte[] labels = Slice(
            "1111....",
            "1..1.222",
            "111..2.1",
            "1.1..222",
            "111.....");
        CleanedOrgan[] done = _holes.Clean(labels, Grid(1, 5, 8), 2);
        Assert.Equal(Slice(
            "1111....",
            "1111.222",
            "111..2.1", // meets two organs
            "111..222",
            "111....."), labels);
        Assert.Equal([new CleanedOrgan(0, 0, 3), new CleanedOrgan(0, 0, 0)], done);
    }

    [Fact]
    public void A_hole_of_a_slice_that_is_open_to_the_next_is_none_and_the_first_and_last_slice_are_an_edge()
    {
        byte[] ring = Slice(".....", ".111.", ".1.1.", ".111.", "....."), plate = Slice(".....", ".111.", ".111.", ".111.", ".....");
        byte[] open = [.. plate, .. ring, .. ring], closed = [.. plate, .. ring, .. plate];
        _holes.Clean(open, Grid(3, 5, 5), 1);
        Assert.Equal([.. plate, .. ring, .. ring], open);
        Assert.Equal([new CleanedOrgan(0, 0, 1)], _holes.Clean(closed, Grid(3, 5, 5), 1));
        Assert.Equal([.. plate, .. plate, .. plate], closed);
        Assert.Equal([new CleanedOrgan(0, 0, 1)], _holes.Clean(ring, Grid(1, 5, 5), 1)); // one slice: no edge above or below
    }

    [Fact]
    public void What_the_removal_of_a_piece_leaves_inside_another_organ_is_filled()
    {
        byte[] labels = Slice("2222222", "2211122", "2212122", "2211122", "2222222");
        CleanedOrgan[] done = new LabelCleaning(Largest: true, Holes: true).Clean(labels, Grid(1, 5, 7), 2);
        Assert.Equal(Slice("2222222", "2211122", "2211122", "2211122", "2222222"), labels);
        Assert.Equal([new CleanedOrgan(1, 0, 1), new CleanedOrgan(2, 1, 0)], done);
    }

    public static TheoryData<int, int, int, int> Sizes =>
        new() { { 1, 9, 11, 3 }, { 4, 6, 7, 2 }, { 5, 1, 12, 2 }, { 6, 5, 1, 1 }, { 3, 8, 8, 1 } };

    [Theory, MemberData(nameof(Sizes))]
    public void Random_maps_are_cleaned_as_a_walk_from_voxel_to_voxel_does(int depth, int height, int width, int organs)
    {
        Geometry grid = Grid(depth, height, width);
        for (ulong seed = 0; seed < 60; seed++)
        {
            var rng = new Rng(seed);
            double share = rng.Uniform(0.2, 0.95);
            byte[] labels = [.. Enumerable.Range(0, (int)grid.Voxels)
                .Select(_ => (byte)(rng.NextDouble() < share ? 1 + rng.Next(organs) : 0))];
            byte[] largest = [.. labels], holes = [.. labels];
            long removed = _largest.Clean(largest, grid, organs).Sum(organ => organ.Removed);
            long filled = _holes.Clean(holes, grid, organs).Sum(organ => organ.Filled);
            Assert.Equal(LargestByWalking(labels, grid), largest);
            Assert.Equal(HolesByWalking(labels, grid), holes);
            Assert.Equal((labels.Count(l => l > 0) - largest.Count(l => l > 0), holes.Count(l => l > 0) - labels.Count(l => l > 0)),
                ((int)removed, (int)filled));
        }
    }

    private static byte[] LargestByWalking(byte[] labels, Geometry grid)
    {
        byte[] result = new byte[labels.Length];
        var kept = new Dictionary<byte, List<int>>();
        foreach (List<int> piece in Pieces(labels, grid, diagonal: true))
            if (labels[piece[0]] is not 0 and byte label && (!kept.TryGetValue(label, out List<int>? best) || piece.Count > best.Count))
                kept[label] = piece;
        foreach (var (label, piece) in kept)
            foreach (int voxel in piece)
                result[voxel] = label;
        return result;
    }

    private static byte[] HolesByWalking(byte[] labels, Geometry grid)
    {
        byte[] result = [.. labels];
        foreach (List<int> piece in Pieces(labels, grid, diagonal: false).Where(piece => labels[piece[0]] == 0))
        {
            var round = piece.SelectMany(v => Neighbours(v, grid, diagonal: false)).Where(n => n < 0 || labels[n] != 0)
                .Select(n => n < 0 ? -1 : labels[n]).Distinct().ToArray();
            if (round is [> 0 and int label])
                piece.ForEach(v => result[v] = (byte)label);
        }

        return result;
    }

    /// <summary>Pieces of one label, in the order of their first voxels.</summary>
    private static List<List<int>> Pieces(byte[] labels, Geometry grid, bool diagonal)
    {
        var seen = new bool[labels.Length];
        var pieces = new List<List<int>>();
        for (int start = 0; start < labels.Length; start++)
        {
            if (seen[start])
                continue;
            var piece = new List<int> { start };
            seen[start] = true;
            for (int at = 0; at < piece.Count; at++)
                foreach (int next in Neighbours(piece[at], grid, diagonal))
                    if (next >= 0 && !seen[next] && labels[next] == labels[start])
                    {
                        seen[next] = true;
                        piece.Add(next);
                    }

            pieces.Add(piece);
        }

        return pieces;
    }

    /// <summary>Neighbours of a voxel; -1 beyond the volume, but for what is above and below a single slice.</summary>
    private static IEnumerable<int> Neighbours(int voxel, Geometry grid, bool diagonal)
    {
        int x = voxel % grid.Width, y = voxel / grid.Width % grid.Height, z = voxel / grid.Width / grid.Height;
        for (int dz = -1; dz <= 1; dz++)
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++)
                {
                    int steps = Math.Abs(dz) + Math.Abs(dy) + Math.Abs(dx);
                    if (steps == 0 || (!diagonal && steps > 1) || (dz != 0 && grid.Depth == 1))
                        continue;
                    bool within = (uint)(z + dz) < (uint)grid.Depth && (uint)(y + dy) < (uint)grid.Height
                        && (uint)(x + dx) < (uint)grid.Width;
                    yield return within ? ((z + dz) * grid.Height + y + dy) * grid.Width + x + dx : -1;
                }
    }

    private static Geometry Grid(int depth, int height, int width) => Geometry.Regular(depth, height, width, 1, 1, 1);

    private static byte[] Slice(params string[] rows) => [.. rows.SelectMany(row => row.Select(c => (byte)(c == '.' ? 0 : c - '0')))];
}
