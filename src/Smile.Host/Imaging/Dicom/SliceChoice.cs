using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>Which of several acquisitions of a series is meant.</summary>
/// <param name="Key">One of <see cref="Keys"/>.</param>
/// <param name="Value">Its value in the slices that are meant; empty with <see cref="All"/>.</param>
internal sealed record SliceChoice(string Key, string Value)
{
    /// <summary>A run of slices along the normal in the order of time or, without it, of instance numbers.</summary>
    public const string Pass = "Pass";

    /// <summary>Everything is taken as one image, whatever the headers say.</summary>
    public const string All = "all";

    /// <summary>What may be chosen by.</summary>
    public static IEnumerable<string> Keys => SliceOrigin.Keys.Append(Pass).Append(All);

    /// <summary>Reads KEY=VALUE, or "all"; the key's case does not matter.</summary>
    /// <exception cref="ConfigException">It is neither.</exception>
    public static SliceChoice Parse(string text)
    {
        string[] parts = text.Split('=', 2);
        string? key = Keys.FirstOrDefault(known => known.Equals(parts[0], StringComparison.OrdinalIgnoreCase));
        return key is not null && key == All == (parts.Length == 1) ? new SliceChoice(key, parts.ElementAtOrDefault(1) ?? "")
            : throw new ConfigException($"--choose {text}: KEY=VALUE is wanted, of "
                + $"{string.Join(", ", Keys.Where(known => known != All))}; or {All}.");
    }

    /// <summary>As on the command line.</summary>
    public override string ToString() => Key == All ? All : $"{Key}={Value}";
}
