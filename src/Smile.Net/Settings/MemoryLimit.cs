using System.Globalization;

namespace Smile.Net.Settings;

/// <summary>What <see cref="DataSettings.Memory"/> can be.</summary>
public static class MemoryLimit
{
    /// <summary>Three quarters of what the process may use.</summary>
    public const string Auto = "auto";

    private static readonly (string Unit, int Shift)[] _units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];

    /// <summary>Reads the setting.</summary>
    /// <returns>Bytes; null for auto.</returns>
    /// <exception cref="ConfigException">It is neither.</exception>
    public static long? Parse(string text)
    {
        if (text == Auto)
            return null;
        (string unit, int shift) = _units.FirstOrDefault(each => text.EndsWith(each.Unit, StringComparison.Ordinal), (Unit: "", Shift: 0));
        bool read = long.TryParse(text[..^unit.Length].TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out long number);
        return read && number <= long.MaxValue >> shift
            ? number << shift
            : throw new ConfigException($"data.memory is '{text}'; known: {Auto}, or whole bytes, also as KiB, MiB, GiB or TiB, as in "
                + "24GiB.");
    }

    /// <summary>Bytes that cases in memory may take.</summary>
    /// <param name="text">The setting.</param>
    /// <param name="available">That the process may use; the network and its batches take some of it too.</param>
    public static double Bytes(string text, long available) => Parse(text) ?? 0.75 * available;
}
