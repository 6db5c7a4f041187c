using System.Text.RegularExpressions;

namespace Smile.Kernels.Gpu.Cuda;

/// <summary>
/// Writes into PTX where floats are rounded. ILGPU's sums and products have no rounding modifier, and those NVIDIA's compiler may contract
/// to one fma or not (PTX ISA, "add", "mul"), so that a result's last bits are its choice. What has <c>.rn</c> it leaves as it stands.
/// <list type="bullet">
/// <item>A float32 product that one float32 sum or difference reads, and nothing else, becomes one <c>fma.rn</c> with it, where both stand
/// in one basic block and the factors are still what they were. Where both operands of a sum are such products, the first is taken.</item>
/// <item>Every other sum, difference and product gets <c>.rn</c>.</item>
/// </list>
/// These are the contractions that ptxas makes by itself, but for a product that several sums read.
/// </summary>
internal static partial class PtxRounding
{
    /// <summary>The module with all its roundings written out. What has one already stays.</summary>
    public static string Apply(string ptx)
    {
        string?[] lines = ptx.Split('\n');
        new Contraction(lines).Run();
        return Unrounded().Replace(string.Join('\n', lines.Where(line => line is not null)), "$0.rn");
    }

    /// <summary>The contraction of products, statement by statement; a statement that is left out becomes null.</summary>
    private sealed class Contraction(string?[] lines)
    {
        private readonly Dictionary<string, int> _occurrences = [];

        /// <summary>Of the current basic block: the line of a product by the register that holds it.</summary>
        private readonly Dictionary<string, (int Line, string A, string B)> _products = [];

        public void Run()
        {
            foreach (string? line in lines)
                foreach (ValueMatch register in Register().EnumerateMatches(Code(line)))
                {
                    string name = line!.Substring(register.Index, register.Length);
                    _occurrences[name] = _occurrences.GetValueOrDefault(name) + 1;
                }

            for (int i = 0; i < lines.Length; i++)
                Statement(i);
        }

        /// <summary>A line without the C# that ILGPU repeats as comments.</summary>
        private static string Code(string? line) => line is null || Comment().IsMatch(line) ? "" : line;

        private void Statement(int i)
        {
            string line = Code(lines[i]);
            if (BlockEnd().IsMatch(line))
            {
                _products.Clear();
                return;
            }

            if (Float32Operation().Match(line) is { Success: true } operation)
            {
                (string kind, string d, string a, string b) =
                    (operation.Groups[1].Value, operation.Groups[2].Value, operation.Groups[3].Value, operation.Groups[4].Value);
                if (kind == "mul")
                {
                    Overwritten(d);
                    if (d != a && d != b)
                        _products[d] = (i, a, b);
                    return;
                }

                string sign = kind == "sub" ? "-" : "";
                if (Take(a) is { } first)
                    lines[i] = Fused(d, first.A, first.B, sign + b);
                else if (Take(b) is { } second)
                    lines[i] = Fused(d, sign + second.A, second.B, a);
            }

            foreach (string register in Written(line))
                Overwritten(register);
        }

        /// <summary>The factors of the product in a register, whose statement is left out; null where it has other readers.</summary>
        private (string A, string B)? Take(string register)
        {
            if (!_products.TryGetValue(register, out (int Line, string A, string B) product) || _occurrences[register] != 2)
                return null;
            lines[product.Line] = null;
            return (product.A, product.B);
        }

        /// <summary>d = a b + c. A minus before a or c turns a literal's sign, and is a neg before the fma else.</summary>
        private static string Fused(string d, string a, string b, string c)
        {
            string? negated = new[] { a, c }.FirstOrDefault(operand => operand.StartsWith("-%", StringComparison.Ordinal));
            string fma = $"fma.rn.f32\t{d}, {Signed(a)}, {b}, {Signed(c)};";
            return negated is null ? $"\t{fma}" : $"\t{{ .reg .f32 negative; neg.f32 negative, {negated[1..]}; {fma} }}";
        }

        private static string Signed(string operand) =>
            operand[0] != '-' ? operand : operand[1] == '%' ? "negative" : Negative(operand[1..]);

        private static string Negative(string literal) => $"0f{Convert.ToUInt32(literal[2..], 16) ^ 0x8000_0000:X8}";

        /// <summary>A register has another value: products of it, or in it, are no longer what they were.</summary>
        private void Overwritten(string register)
        {
            foreach ((string product, (_, string a, string b)) in _products)
                if (product == register || a == register || b == register)
                    _products.Remove(product);
        }

        /// <summary>What a line may write: its first operand; of several statements on one line, all registers in them.</summary>
        private static IEnumerable<string> Written(string line)
        {
            string written = line.IndexOf(';', StringComparison.Ordinal) is var end && end >= 0 && end < line.TrimEnd().Length - 1
                ? line
                : Destination().Match(line).Value;
            return Register().Matches(written).Select(m => m.Value);
        }
    }

    [GeneratedRegex(@"(?<![.\w])(add|sub|mul)(?=(\.ftz)?(\.sat)?\.f(32|64)\b)")]
    private static partial Regex Unrounded();

    [GeneratedRegex(@"^\s*(mul|add|sub)\.f32\s+(%\w+), *(%\w+|0f[0-9A-Fa-f]{8}), *(%\w+|0f[0-9A-Fa-f]{8});\s*$")]
    private static partial Regex Float32Operation();

    // A label, or what may go elsewhere, guarded or not.
    [GeneratedRegex(@"^\s*([\w$%]+:|(@!?%?\w+\s+)?(bra|brx|call|ret|exit)\b)")]
    private static partial Regex BlockEnd();

    [GeneratedRegex(@"^\s*(@!?%?\w+\s+)?[a-z][\w.:]*\s+(\{[^}]*\}|%\w+(\|%\w+)?)")]
    private static partial Regex Destination();

    [GeneratedRegex(@"%\w+")]
    private static partial Regex Register();

    [GeneratedRegex(@"^\s*//")]
    private static partial Regex Comment();
}
