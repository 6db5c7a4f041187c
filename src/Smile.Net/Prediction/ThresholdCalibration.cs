using Smile.Net.Data;
using Smile.Net.Evaluation;

namespace Smile.Net.Prediction;

/// <summary>
/// Finds for each organ the threshold with which the mean Dice over cases is highest, each organ by itself, whatever the others claim.
/// A model of few annotations ranks voxels well and places p = 1/2 badly: the gain of a method may be no more than a threshold that has
/// moved, so all are compared with their best one too. The baseline's p is that of the organ against background alone, so that a
/// threshold of 1/2 is its classes' competition.
/// </summary>
/// <param name="organs">K.</param>
/// <param name="softmax">The logits are of K + 1 classes, background first.</param>
public sealed class ThresholdCalibration(int organs, bool softmax)
{
    /// <summary>What an organ has that nothing can be said of.</summary>
    public const double Default = 0.5;

    private const int Parts = 20;

    private static readonly double[] _grid = [.. Enumerable.Range(1, Parts - 1).Select(i => (double)i / Parts)];

    private static readonly float[] _shifts = [.. _grid.Select(Shift)];

    private readonly List<CaseCounts> _cases = [];

    /// <summary>The thresholds that are tried, ascending: 0.05, 0.1 to 0.95.</summary>
    public static IReadOnlyList<double> Grid => _grid;

    /// <summary>What an organ's logit is raised by, so that p &gt; threshold becomes z &gt; 0: log((1 - t) / t).</summary>
    /// <param name="threshold">t, between 0 and 1.</param>
    public static float Shift(double threshold) => (float)Math.Log((1 - threshold) / threshold);

    /// <summary>Takes a case: its annotated organs count, and its ignored voxels do not.</summary>
    /// <param name="data">The case.</param>
    /// <returns>Is to see the logits of each of its slices once.</returns>
    internal SliceVisitor Case(CaseData data)
    {
        CaseCounts counts = NewCounts(data);
        Add(counts);
        return Visitor(data, counts);
    }

    /// <summary>Takes a case that was counted, here or on another rank.</summary>
    internal void Add(CaseCounts counts) => _cases.Add(counts);

    /// <summary>Of a case of which nothing is counted yet.</summary>
    internal CaseCounts NewCounts(CaseData data) => new(organs, data.Annotated);

    /// <summary>Counts a case, as <see cref="Case"/> does.</summary>
    internal SliceVisitor Visitor(CaseData data, CaseCounts counts)
    {
        var labels = new byte[data.Labels.Pixels];
        int outputs = softmax ? organs + 1 : organs, first = softmax ? 1 : 0;
        return (z, logits) =>
        {
            data.Labels.Decode(z, labels);
            for (int p = 0; p < labels.Length; p++)
            {
                if (labels[p] == Labels.Ignore)
                    continue;
                float background = softmax ? logits[p * outputs] : 0;
                for (int k = 0; k < organs; k++)
                    counts.Add(k, Exceeded(logits[p * outputs + first + k], background), labels[p] == Labels.Of(k));
            }
        };
    }

    /// <summary>
    /// An organ's threshold each. Dice are averaged as in every evaluation: a case in which the organ is neither predicted nor there enters
    /// no mean. Of equal means the threshold nearest to 1/2 counts, then the lower one; 1/2 where no case annotates the organ.
    /// </summary>
    public double[] Best() => [.. Enumerable.Range(0, organs).Select(k =>
        Grid.Select((threshold, i) => (threshold, Mean: Statistics.Mean(_cases.Select(c => c.Dice(k, i)))))
            .Where(each => !double.IsNaN(each.Mean))
            .OrderByDescending(each => each.Mean).ThenBy(each => Math.Abs(each.threshold - Default)).ThenBy(each => each.threshold)
            .Select(each => each.threshold).FirstOrDefault(Default))];

    /// <summary>How many of the thresholds a logit is above.</summary>
    private static int Exceeded(float logit, float background)
    {
        int exceeded = 0;
        while (exceeded < _shifts.Length && logit + _shifts[exceeded] > background)
            exceeded++;
        return exceeded;
    }

    /// <summary>Voxels of one case by the number of thresholds that they exceed.</summary>
    internal sealed class CaseCounts(int organs, OrganBits annotated)
    {
        private readonly long[] _all = new long[organs * Parts], _organ = new long[organs * Parts];

        /// <summary>All of them, to be sent to another rank or filled by one.</summary>
        public IEnumerable<long[]> Numbers => [_all, _organ];

        public void Add(int organ, int exceeded, bool isOrgan)
        {
            _all[organ * Parts + exceeded]++;
            _organ[organ * Parts + exceeded] += isOrgan ? 1 : 0;
        }

        public double Dice(int organ, int threshold)
        {
            if (!annotated.Has(organ))
                return double.NaN;
            long predicted = 0, right = 0, there = 0;
            for (int exceeded = 0; exceeded < Parts; exceeded++)
            {
                there += _organ[organ * Parts + exceeded];
                if (exceeded <= threshold)
                    continue;
                predicted += _all[organ * Parts + exceeded];
                right += _organ[organ * Parts + exceeded];
            }

            return 2.0 * right / (predicted + there);
        }
    }
}
