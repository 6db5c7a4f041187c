using Smile.Kernels.Ops.Conv2d;

namespace Smile.Net.Settings;

/// <summary>The names of the precisions.</summary>
public static class Precisions
{
    public const string Fp32 = "fp32";

    /// <summary>All, the most exact first.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetNames<Precision>().Select(name => name.ToLowerInvariant())];

    /// <summary>The precision of that name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="setting">Where it was given, for the message.</param>
    /// <exception cref="ConfigException">There is none.</exception>
    public static Precision Parse(string name, string setting) => All.Contains(name)
        ? Enum.Parse<Precision>(name, ignoreCase: true)
        : throw new ConfigException($"{setting} is '{name}'; known: {string.Join(", ", All)}.");
}
