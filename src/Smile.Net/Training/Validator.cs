using Smile.Net.Data;

namespace Smile.Net.Training;

/// <summary>
/// Dice of whole volumes over the organs that are annotated in each held-out case; ignored voxels are left out, and an organ that is
/// empty in truth and prediction counts for nothing.
/// </summary>
internal static class Validator
{
    /// <summary>Mean Dice of each organ over the cases; NaN where no case could be scored.</summary>
    public static double[] Dice(Predictor predictor, IReadOnlyList<CaseData> cases, int organs, CancellationToken cancel)
    {
        var sums = new double[organs];
        var scored = new int[organs];
        foreach (CaseData data in cases)
        {
            byte[] predicted = predictor.Predict(data.Volume, cancel: cancel).Labels;
            for (int k = 0; k < organs; k++)
            {
                double dice = (data.Annotated >> k & 1) != 0 ? Dice(predicted, data, Labels.Of(k)) : double.NaN;
                if (double.IsNaN(dice))
                    continue;
                sums[k] += dice;
                scored[k]++;
            }
        }

        return [.. sums.Zip(scored, (sum, count) => count > 0 ? sum / count : double.NaN)];
    }

    /// <summary>Mean over the organs that have a number; NaN where none has.</summary>
    public static double Mean(IEnumerable<double> dice) => dice.Where(d => !double.IsNaN(d)).DefaultIfEmpty(double.NaN).Average();

    private static double Dice(byte[] predicted, CaseData data, byte label)
    {
        long both = 0, either = 0;
        for (int v = 0; v < predicted.Length; v++)
        {
            byte truth = data.VisibleLabel(v);
            if (truth == Labels.Ignore)
                continue;
            both += predicted[v] == label && truth == label ? 2 : 0;
            either += (predicted[v] == label ? 1 : 0) + (truth == label ? 1 : 0);
        }

        return either > 0 ? (double)both / either : double.NaN;
    }
}
