using System.Text.RegularExpressions;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu.Ptx;

/// <summary>
/// Longer pieces of PTX that kernels name and the pass over ILGPU's PTX writes out. A kernel says <c>CudaAsm.Emit("expand Name %0, %1;", a,
/// b)</c>; ILGPU puts registers for %0 and %1, and the piece has them as $0 and $1. ILGPU takes constant strings alone, and C# cannot build
/// those in a loop; here loops over tiles and fragments write the text. A text that was not expanded is no PTX, so it cannot pass
/// unnoticed.
/// </summary>
internal static partial class PtxMacros
{
    private static readonly Dictionary<string, string> _texts = TensorTileText.All().Concat(TensorRowsText.All())
        .Concat(TensorConvText.All()).ToDictionary();

    /// <summary>The module with every macro written out. $memory stands for the kernel's first parameter.</summary>
    /// <exception cref="BackendException">A macro is not known.</exception>
    public static string Expand(string ptx)
    {
        string memory = FirstParameter().Match(ptx).Groups[1].Value;
        return Use().Replace(ptx, use =>
        {
            string name = use.Groups[1].Value;
            if (!_texts.TryGetValue(name, out string? text))
                throw new BackendException($"There is no PTX macro '{name}'.");
            string[] operands = use.Groups[2].Value.Split(',', StringSplitOptions.TrimEntries);
            for (int i = operands.Length - 1; i >= 0; i--)
                text = text.Replace($"${i}", operands[i], StringComparison.Ordinal);
            return text.Replace("$memory", memory, StringComparison.Ordinal);
        });
    }

    [GeneratedRegex(@"\.entry\s+\w+\(\s*\.param\s+\.align\s+\d+\s+\.b8\s+(\w+)\[")]
    private static partial Regex FirstParameter();

    // At the start of a line only: ILGPU repeats the C# lines as comments.
    [GeneratedRegex(@"(?m)^[ \t]*expand\s+(\w+)([^;]*);")]
    private static partial Regex Use();
}
