using System.Text.RegularExpressions;

namespace Smile.Kernels;

/// <summary>What is changed in ILGPU's PTX before a driver sees it.</summary>
internal static partial class PtxPass
{
    /// <summary>
    /// Every <c>bra.uni</c> becomes <c>bra</c>: at O2 ILGPU marks divergent branches uniform, which is undefined behaviour (PTX ISA, section
    /// "bra"); without the mark any branch is legal. Line numbers and all other text stay.
    /// </summary>
    public static string Apply(string ptx) => UniformBranch().Replace(ptx, "bra");

    [GeneratedRegex(@"\bbra\.uni\b")]
    private static partial Regex UniformBranch();
}
