using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Instructions;

/// <summary>Names of the special registers that are modelled (PTX ISA, "Special Registers"); clocks and the like are not.</summary>
internal static class SpecialRegisters
{
    private static readonly Dictionary<string, Special> _byName = new()
    {
        ["%tid.x"] = Special.TidX,
        ["%tid.y"] = Special.TidY,
        ["%tid.z"] = Special.TidZ,
        ["%ntid.x"] = Special.NtidX,
        ["%ntid.y"] = Special.NtidY,
        ["%ntid.z"] = Special.NtidZ,
        ["%ctaid.x"] = Special.CtaidX,
        ["%ctaid.y"] = Special.CtaidY,
        ["%ctaid.z"] = Special.CtaidZ,
        ["%nctaid.x"] = Special.NctaidX,
        ["%nctaid.y"] = Special.NctaidY,
        ["%nctaid.z"] = Special.NctaidZ,
        ["%laneid"] = Special.LaneId,
        ["%warpid"] = Special.WarpId,
        ["%lanemask_eq"] = Special.LanemaskEq,
        ["%lanemask_lt"] = Special.LanemaskLt,
        ["%lanemask_le"] = Special.LanemaskLe,
        ["%lanemask_gt"] = Special.LanemaskGt,
        ["%lanemask_ge"] = Special.LanemaskGe,
        ["%dynamic_smem_size"] = Special.DynamicSharedSize,
        ["%total_smem_size"] = Special.TotalSharedSize,
    };

    public static Special? Find(string name) => _byName.TryGetValue(name, out Special special) ? special : null;
}
