using System.Diagnostics;
using System.Globalization;

namespace Smile.Bench.Accuracy;

/// <summary>
/// How long a contender may learn: by the clock, or so many updates. Updates that a quiet machine makes in a time give the weights of that
/// time on a busy one too.
/// </summary>
/// <param name="Time">By the clock.</param>
/// <param name="Updates">In place of the clock; 0: the clock counts.</param>
internal readonly record struct Budget(TimeSpan Time, int Updates = 0)
{
    /// <summary>The share that is over.</summary>
    /// <param name="start">Timestamp of the first update's start.</param>
    /// <param name="made">Updates since.</param>
    public double Done(long start, int made) => Updates > 0 ? (double)made / Updates : Stopwatch.GetElapsedTime(start) / Time;

    /// <summary>One of equal parts.</summary>
    public Budget Part(int parts) => new(Time / parts, Updates == 0 ? 0 : Math.Max(1, Updates / parts));

    /// <summary>For the command line of another process.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Time.TotalMinutes}/{Updates}");

    public static Budget FromText(string text)
    {
        string[] parts = text.Split('/');
        return new Budget(TimeSpan.FromMinutes(double.Parse(parts[0], CultureInfo.InvariantCulture)),
            int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
