using Smile.Net.Data;
using Smile.Net.Prediction;

namespace Smile.Bench.Accuracy;

/// <summary>A network that learnt one organ.</summary>
internal interface IOrganNetwork : IDisposable
{
    /// <summary>Logits of the organ in a case, (z, y, x).</summary>
    float[] Logits(CaseData data);
}

/// <summary>
/// What people do today with data sets of one organ each: a network for every organ, on the cases that annotate it, with its share of the
/// time.
/// </summary>
internal abstract class OrganByOrgan(string name, string what) : Contender(name, what)
{
    protected override (byte[][] Labels, Effort Effort) Train(AccuracyData data, Budget budget, int seed)
    {
        int organs = data.Organs.Count;
        var sum = new Effort();
        float[][][] logits = [.. data.HeldOut.Select(_ => new float[organs][])];
        for (int k = 0; k < organs; k++)
        {
            CaseData[] cases = [.. data.Training.Where(each => each.Annotated.Has(k)).Select(each => Alone(each, k))];
            (IOrganNetwork network, Effort effort) = Teach(cases, budget.Part(organs), seed);
            using (network)
            {
                sum = new Effort(sum.Updates + effort.Updates, sum.Slices + effort.Slices, sum.Seconds + effort.Seconds);
                foreach ((int i, CaseData each) in data.HeldOut.Index())
                    logits[i][k] = network.Logits(each);
            }
        }

        return ([.. logits.Select(Together)], sum);
    }

    /// <summary>Trains a network of one organ, the first of each case's.</summary>
    protected abstract (IOrganNetwork Network, Effort Effort) Teach(CaseData[] cases, Budget budget, int seed);

    /// <summary>The case as if the organ were the only one, the first.</summary>
    private static CaseData Alone(CaseData data, int organ) =>
        new(data.Id, data.Image.ToVolume(), [.. data.Labels.ToArray().Select(label => label == Labels.Of(organ) ? Labels.Of(0)
            : label == Labels.Ignore ? label : Labels.Background)], 1);

    /// <summary>The label map of each organ's logits.</summary>
    private static byte[] Together(float[][] logits)
    {
        var at = new float[logits.Length];
        var labels = new byte[logits[0].Length];
        for (int v = 0; v < labels.Length; v++)
        {
            for (int k = 0; k < at.Length; k++)
                at[k] = logits[k][v];
            labels[v] = Decision.OfSigmoids(at);
        }

        return labels;
    }
}
