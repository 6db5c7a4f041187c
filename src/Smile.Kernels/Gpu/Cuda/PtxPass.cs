using System.Globalization;
using System.Text.RegularExpressions;
using Smile.Kernels.Gpu.Ptx;

namespace Smile.Kernels.Gpu.Cuda;

/// <summary>What is changed in ILGPU's PTX before a driver sees it.</summary>
internal static partial class PtxPass
{
    /// <summary>
    /// Every <c>bra.uni</c> becomes <c>bra</c>: at O2 ILGPU marks divergent branches uniform, which is undefined behaviour (PTX ISA,
    /// section "bra"); without the mark any branch is legal. With line numbers ILGPU asks for a debug build and adds an empty section for
    /// it; both go, since .loc needs neither and a debug build is not optimised. A lower .target becomes that of the least capability (80:
    /// sm_80). Before all, the macros of a kernel are written out (<see cref="PtxMacros"/>); then every float's rounding is
    /// (<see cref="PtxRounding"/>). All other text stays.
    /// </summary>
    public static string Apply(string ptx, int leastCapability = 0) =>
        Target().Replace(DebugBuild().Replace(UniformBranch().Replace(PtxRounding.Apply(PtxMacros.Expand(ptx)), "bra"), ""),
            target => int.Parse(target.ValueSpan, CultureInfo.InvariantCulture) < leastCapability ? $"{leastCapability}" : target.Value);

    [GeneratedRegex(@"(?m)(?<=^\.target sm_\d+), debug\b|^\.section\s*\.debug_info\s*\{\s*\}")]
    private static partial Regex DebugBuild();

    [GeneratedRegex(@"(?m)(?<=^\.target sm_)\d+")]
    private static partial Regex Target();

    [GeneratedRegex(@"\bbra\.uni\b")]
    private static partial Regex UniformBranch();
}
