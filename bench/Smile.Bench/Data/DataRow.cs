using System.Globalization;

namespace Smile.Bench.Data;

/// <summary>One measured number.</summary>
/// <param name="Name">Of what.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Bar">The most it may be, or, as <paramref name="Least"/> says, the least; null: it is told.</param>
/// <param name="Least">The bar is the least.</param>
internal sealed record DataRow(string Name, double Value, string Unit, double? Bar = null, bool Least = false)
{
    public bool Missed => Bar is { } bar && !(Least ? Value >= bar : Value <= bar);

    public override string ToString()
    {
        string bar = Bar is { } number ? string.Create(CultureInfo.InvariantCulture, $"at {(Least ? "least" : "most")} {number}") : "told";
        return string.Create(CultureInfo.InvariantCulture, $"{Name,-72} {Value,9:F3} {Unit,-14} {bar,-14}{(Missed ? " MISSED" : "")}");
    }
}
