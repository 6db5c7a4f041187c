using System.Globalization;

namespace Smile.Kernels.Tests;

/// <summary>The one comparer of numbers. A NaN or an infinity on either side is a difference.</summary>
internal static class Close
{
    /// <summary>Fails unless every element lies within the tolerance.</summary>
    public static void Within(Tolerance tolerance, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        if (Difference(tolerance, expected, actual) is { } difference)
            Assert.Fail($"{what}: {difference}");
    }

    /// <summary>Fails unless one number lies within the tolerance.</summary>
    public static void Within(Tolerance tolerance, double expected, double actual, string what)
    {
        if (!(Math.Abs(actual - expected) <= tolerance.Absolute + tolerance.Relative * Math.Abs(expected)))
            Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{what}: expected {expected:G9}, got {actual:G9}, {tolerance}."));
    }

    /// <summary>For results that the contract fixes exactly: equal values; NaN equals NaN, -0 equals 0.</summary>
    public static void Same(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            if (!(expected[i] == actual[i] || (float.IsNaN(expected[i]) && float.IsNaN(actual[i]))))
                Assert.Fail(string.Create(CultureInfo.InvariantCulture,
                    $"{what}: element {i} of {expected.Length}: expected {expected[i]:G9}, got {actual[i]:G9}."));
    }

    /// <summary>The first and the worst element outside the tolerance, in words; null where there is none.</summary>
    public static string? Difference(Tolerance tolerance, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        if (expected.Length != actual.Length)
            return $"{actual.Length} elements, expected {expected.Length}.";
        int first = -1, worst = -1, wrong = 0;
        double worstExcess = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)actual[i] - expected[i]),
                allowed = tolerance.Absolute + tolerance.Relative * Math.Abs(expected[i]);
            if (difference <= allowed && double.IsFinite(allowed))
                continue;
            if (wrong++ == 0)
                first = i;
            double excess = double.IsFinite(difference) ? difference - allowed : double.PositiveInfinity;
            if (worst < 0 || excess > worstExcess)
                (worst, worstExcess) = (i, excess);
        }

        return wrong == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"{wrong} of {expected.Length} elements differ: " +
            $"first [{first}] expected {expected[first]:G9}, got {actual[first]:G9}; " +
            $"worst [{worst}] expected {expected[worst]:G9}, got {actual[worst]:G9}; {tolerance}.");
    }
}
