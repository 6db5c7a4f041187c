using System.CommandLine;
using Smile.Host.Cli;
using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Cases;

/// <summary>Options of the verbs that read CT series.</summary>
internal static class SeriesOptions
{
    public static Option<string[]> Choose() => CommonOptions.Default<string[]>("--choose", "KEY=VALUE",
        "Of a DICOM series in which slices of several acquisitions or reconstructions lie between each other, take those whose KEY "
        + $"({string.Join(", ", SliceOrigin.Keys.Take(4))}, ...) has this value; {SliceChoice.All} takes them as one image", []);

    /// <exception cref="ConfigException">A choice is none.</exception>
    public static IReadOnlyList<SliceChoice> Choices(string[]? given) => [.. (given ?? []).Select(SliceChoice.Parse)];
}
