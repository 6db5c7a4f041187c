using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Relabel;

namespace Smile.Host.Runs;

/// <summary>A round that added far more than people drew, in words.</summary>
internal static class RoundWarning
{
    /// <summary>One sentence an organ.</summary>
    public static IEnumerable<string> Of(IEnumerable<ExcessVolume> exceeded, IReadOnlyList<string> organs) =>
        exceeded.Select(each => Of(each, organs));

    /// <summary>Of one organ.</summary>
    public static string Of(ExcessVolume each, IReadOnlyList<string> organs) =>
        $"{organs[each.Organ]}: {Words.Count(each.Cases, "case was", "cases were")} given far more than people drew: {each.Case} "
        + $"{Volume(each.AddedMl)} ml, and the largest annotation has {Volume(each.LargestMl)} ml. Look at it before you trust these "
        + "labels; relabel.volume_bound sets the factor.";

    private static string Volume(double ml) => Invariant.Text(ml, "0.###");
}
