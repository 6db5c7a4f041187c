namespace Smile.Net.Evaluation;

/// <summary>Means and deviations that leave NaN out.</summary>
public static class Statistics
{
    /// <summary>NaN where there is no number.</summary>
    public static double Mean(IEnumerable<double> values)
    {
        double sum = 0;
        int count = 0;
        foreach (double value in values)
            if (!double.IsNaN(value))
                (sum, count) = (sum + value, count + 1);
        return sum / count;
    }

    /// <summary>Sample standard deviation (n - 1); NaN below two numbers.</summary>
    public static double Deviation(IEnumerable<double> values)
    {
        double[] numbers = [.. values.Where(v => !double.IsNaN(v))];
        double mean = Mean(numbers);
        return numbers.Length < 2 ? double.NaN : Math.Sqrt(numbers.Sum(v => (v - mean) * (v - mean)) / (numbers.Length - 1));
    }
}
