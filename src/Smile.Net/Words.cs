using System.Globalization;

namespace Smile.Net;

/// <summary>Numbers of things, in words.</summary>
public static class Words
{
    /// <summary>"1 case", "2 cases".</summary>
    public static string Count(long count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    /// <summary>"1 of 4 cases has", "2 of 4 cases have", "1 of 1 case has".</summary>
    /// <param name="count">Of them.</param>
    /// <param name="all">How many there are.</param>
    /// <param name="one">One of the things.</param>
    /// <param name="many">Several.</param>
    /// <param name="does">What one of them does; empty where nothing follows.</param>
    /// <param name="do">The same of several.</param>
    public static string Of(long count, long all, string one, string many, string does = "", string @do = "") =>
        string.Create(CultureInfo.InvariantCulture, $"{count} of {Count(all, one, many)} {(count == 1 ? does : @do)}").TrimEnd();
}
