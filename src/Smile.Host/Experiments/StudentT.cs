using Smile.Net.Evaluation;

namespace Smile.Host.Experiments;

/// <summary>
/// Student's t distribution (Gosset 1908): the interval of a mean of few numbers, here one a split. What differs from split to split (the
/// cases tested, the cases trained on, the annotations left, the first weights, the drawn slices) is in it.
/// </summary>
internal static class StudentT
{
    private const double Confidence = 0.95;

    /// <summary>The 95 % interval of the mean, mean ± t s / sqrt(n); NaN is left out, and below two numbers there are no ends.</summary>
    public static Interval Mean(IEnumerable<double> values)
    {
        double[] numbers = [.. values.Where(value => !double.IsNaN(value))];
        double mean = Statistics.Mean(numbers);
        if (numbers.Length < 2)
            return new Interval(mean, double.NaN, double.NaN, numbers.Length);
        double half = Quantile(Confidence, numbers.Length - 1) * Statistics.Deviation(numbers) / Math.Sqrt(numbers.Length);
        return new Interval(mean, mean - half, mean + half, numbers.Length);
    }

    /// <summary>The t for which P(|T| &lt;= t) is a share.</summary>
    /// <param name="within">The share, 0 up to, not including, 1.</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double Quantile(double within, int freedom)
    {
        // By halving in the angle, in which the share rises from 0 to 1 over a quarter turn.
        double low = 0, high = Math.PI / 2;
        while ((low + high) / 2 is var middle && middle > low && middle < high)
            (low, high) = Within(middle, freedom) < within ? (middle, high) : (low, middle);
        return Math.Sqrt(freedom) * Math.Tan(low);
    }

    /// <summary>P(|T| &lt;= sqrt(freedom) tan angle): a finite sum (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).</summary>
    private static double Within(double angle, int freedom)
    {
        var (sine, cosine) = Math.SinCos(angle);
        bool odd = freedom % 2 == 1;
        double term = odd ? cosine : 1, sum = 0;
        for (int power = odd ? 1 : 0; power <= freedom - 2; power += 2)
        {
            sum += term;
            term *= cosine * cosine * (power + 1) / (power + 2);
        }

        return odd ? (angle + sine * sum) * 2 / Math.PI : sine * sum;
    }
}
