using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Settings;
using Smile.Net.Tests.Data;

namespace Smile.Net.Tests.Relabel;

/// <summary>Candidates of all cases ranked together, against sorting them.</summary>
public sealed class PooledRanksTests
{
    private const int Voxels = 25, Organs = 2;

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.2)]
    [InlineData(0.66)]
    [InlineData(1.0)]
    public void The_highest_of_all_cases_are_taken_and_of_equal_ones_the_first(double gamma)
    {
        for (ulong seed = 1; seed <= 40; seed++)
        {
            var rng = new Rng(seed);
            // Organ 1 is annotated in case 1; case 2 has no candidate of organ 0; case 3 lacks nothing and is not relabelled.
            CaseData[] cases = [.. Enumerable.Range(0, 4).Select(i => new CaseData($"case_{i}",
                new Volume(Geometry.Regular(1, 1, Voxels, 1, 1, 1), [.. Enumerable.Repeat((float)i, Voxels)]),
                [.. Enumerable.Range(0, Voxels).Select(v => v % 9 == 0 ? Labels.Ignore : Labels.Background)],
                annotated: i == 1 ? 0b10u : i == 3 ? 0b11u : 0))];
            float[][] logits = [.. cases.Select((_, i) => Enumerable.Range(0, Voxels * Organs)
                .Select(at => i == 2 && at % Organs == 0 ? -1f : rng.Next(20) == 0 ? float.NaN : rng.Next(6) - 2f).ToArray())];
            uint[][] given = Round(cases, logits, gamma, new RelabelSettings { Pooled = true }, out var counts);

            for (int k = 0; k < Organs; k++)
            {
                (int Case, int Voxel)[] candidates = [.. from i in Enumerable.Range(0, 4)
                                                         where !cases[i].Annotated.Has(k)
                                                         from v in Enumerable.Range(0, Voxels)
                                                         where v % 9 != 0 && logits[i][v * Organs + k] > 0
                                                         select (i, v)];
                var taken = candidates.OrderByDescending(c => logits[c.Case][c.Voxel * Organs + k]).ThenBy(c => c.Case)
                    .ThenBy(c => c.Voxel).Take((int)Math.Floor(gamma * candidates.Length)).ToHashSet();
                for (int i = 0; i < 3; i++)
                    for (int v = 0; v < Voxels; v++)
                        Assert.Equal((i, v, taken.Contains((i, v))), (i, v, (given[i][v] >> k & 1) != 0));
                Assert.Equal(candidates.Length, counts.Sum(each => each[k].Candidates));
            }
        }
    }

    [Fact]
    public void One_case_alone_gets_what_it_gets_by_itself()
    {
        var rng = new Rng(3);
        CaseData[] cases = [new CaseData("case_0", new Volume(Geometry.Regular(1, 1, Voxels, 1, 1, 1), new float[Voxels]),
            new byte[Voxels], annotated: 0)];
        float[][] logits = [[.. Enumerable.Range(0, Voxels * Organs).Select(_ => rng.Next(5) - 2f)]];
        foreach (bool keep in new[] { false, true })
            Assert.Equal(Round(cases, logits, 0.5, new RelabelSettings { Keep = keep }, out _),
                Round(cases, logits, 0.5, new RelabelSettings { Keep = keep, Pooled = true }, out _));
    }

    private static uint[][] Round(
        CaseData[] cases, float[][] logits, double gamma, RelabelSettings settings, out List<IReadOnlyList<OrganRound>> counts)
    {
        // A case's image says which it is.
        var rule = new ScoreRule((volume, visit, _) => visit(0, logits[(int)volume.Voxels[0]]));
        using var relabeller = new Relabeller(rule, settings, Organs, () => Backends.Open("scalar"));
        uint[] earlier = [.. Enumerable.Range(0, Voxels).Select(v => v % 5 == 1 ? 1u : 0)];
        var round = new RelabelRound(new RoundOrigin(1, gamma, "score", ""), new OrganSet(["a", "b"]), "", writer: null);
        var given = new List<uint[]>();
        var organs = new List<IReadOnlyList<OrganRound>>();
        round.Run(relabeller, cases, cases.Select(data => (data, (OrganRuns?)Bits.Runs(earlier, Voxels))), (_, one) =>
        {
            given.Add(one.Labels.Pseudo.InWords());
            organs.Add(one.Organs);
        }, TestContext.Current.CancellationToken);
        counts = organs;
        return [.. given];
    }
}
