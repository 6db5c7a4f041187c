using System.Numerics;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>cvt (PTX ISA, "cvt").</summary>
internal static class Conversions
{
    public static IReadOnlyDictionary<string, Func<Form, Instruction>> Forms { get; } =
        new Dictionary<string, Func<Form, Instruction>> { ["cvt"] = Convert };

    private static Instruction Convert(Form form)
    {
        if (form.Take("rna"))
            return ToTf32(form);
        if (form.Take("bf16x2"))
            return ToTwoBf16(form);
        bool flush = form.Take("ftz");
        Type? integral = Mode(form, "rni", "rzi", "rmi", "rpi"), rounding = Mode(form, "rn", "rz", "rm", "rp");
        PtxType to = form.Type(), from = form.Type();
        if (to.IsBits() || from.IsBits())
            throw form.Refuse("bits are not converted");
        if (flush && to != PtxType.F32 && from != PtxType.F32)
            throw form.Refuse(".ftz is for .f32");
        Type op = Operator(form, to, from, rounding, integral);
        if (flush && from == PtxType.F32)
            op = typeof(FlushedSource<,>).MakeGenericType(to.Clr(), op);
        if (flush && to == PtxType.F32)
            op = typeof(FlushedResult<,>).MakeGenericType(from.Clr(), op);
        Type made = typeof(ConvertInstruction<,,>).MakeGenericType(from.Clr(), to.Clr(), op);
        return (Instruction)Activator.CreateInstance(made, InstructionClass.Convert, form.WriteWide(form.Operand(0), to),
            form.ReadWide(form.Operand(1), from))!;
    }

    private static Type Operator(Form form, PtxType to, PtxType from, Type? rounding, Type? integral)
    {
        switch (from.IsFloat(), to.IsFloat())
        {
            case (false, false) when rounding is null && integral is null:
                return typeof(IntegerToInteger<,>).MakeGenericType(from.Clr(), to.Clr());
            case (false, true) when rounding is not null && integral is null:
                return typeof(IntegerToFloat<,,>).MakeGenericType(from.Clr(), to.Clr(), rounding);
            case (true, false) when rounding is null && integral is not null:
                return typeof(FloatToInteger<,,>).MakeGenericType(from.Clr(), to.Clr(), integral);
            case (true, true) when to == from && rounding is null && integral is not null:
                return typeof(FloatToIntegral<,>).MakeGenericType(from.Clr(), integral);
            case (true, true) when to == PtxType.F64 && from == PtxType.F32 && rounding is null && integral is null:
                return typeof(Float32ToFloat64);
            case (true, true) when to == PtxType.F32 && from == PtxType.F64 && rounding is not null && integral is null:
                return typeof(Float64ToFloat32<>).MakeGenericType(rounding);
            default:
                throw form.Refuse("the rounding does not go with the types");
        }
    }

    private static Type? Mode(Form form, string nearest, string zero, string down, string up)
    {
        if (form.Take(nearest))
            return typeof(NearestEven);
        if (form.Take(zero))
            return typeof(TowardZero);
        if (form.Take(down))
            return typeof(Downward);
        return form.Take(up) ? typeof(Upward) : null;
    }

    private static ConvertInstruction<float, uint, RoundToTf32> ToTf32(Form form)
    {
        form.Need("tf32");
        form.Type(PtxType.F32);
        return new(InstructionClass.Convert, form.Write(0, PtxType.B32), form.Read(1, PtxType.F32));
    }

    private static TwoBf16Instruction ToTwoBf16(Form form)
    {
        form.Need("rn");
        form.Type(PtxType.F32);
        return new(form.Write(0, PtxType.B32), form.Read(1, PtxType.F32), form.Read(2, PtxType.F32));
    }
}

/// <summary>Widened by the source's sign, or cut.</summary>
internal readonly struct IntegerToInteger<TFrom, TTo> : IConversion<TFrom, TTo>
    where TFrom : unmanaged, INumberBase<TFrom>
    where TTo : unmanaged, INumberBase<TTo>
{
    public static TTo Of(TFrom a) => TTo.CreateTruncating(a);
}

internal readonly struct IntegerToFloat<TFrom, TTo, TMode> : IConversion<TFrom, TTo>
    where TFrom : unmanaged, IBinaryInteger<TFrom>
    where TTo : unmanaged, INumberBase<TTo>
    where TMode : struct, IRounding
{
    public static TTo Of(TFrom a)
    {
        bool negative = TFrom.IsNegative(a);
        ulong bits = ulong.CreateTruncating(a); // sign-extended
        return TTo.CreateTruncating(Rounding.FromInteger(negative ? 0 - bits : bits, negative, typeof(TTo) == typeof(float) ? 24 : 53,
            TMode.Mode));
    }
}

/// <summary>Rounded, then clamped to the type; NaN gives 0, or the high bit alone where either type has 64 bits.</summary>
internal readonly struct FloatToInteger<TFrom, TTo, TMode> : IConversion<TFrom, TTo>
    where TFrom : unmanaged, IFloatingPointIeee754<TFrom>
    where TTo : unmanaged, IBinaryInteger<TTo>
    where TMode : struct, IRounding
{
    public static TTo Of(TFrom a)
    {
        if (!TFrom.IsNaN(a))
            return TTo.CreateSaturating(Rounding.ToIntegral(a, TMode.Mode));
        int bits = 8 * TTo.Zero.GetByteCount();
        return typeof(TFrom) == typeof(double) || bits == 64 ? TTo.One << (bits - 1) : TTo.Zero;
    }
}

internal readonly struct FloatToIntegral<T, TMode> : IConversion<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TMode : struct, IRounding
{
    public static T Of(T a) => Rounding.ToIntegral(a, TMode.Mode);
}

internal readonly struct Float32ToFloat64 : IConversion<float, double>
{
    public static double Of(float a) => a;
}

internal readonly struct Float64ToFloat32<TMode> : IConversion<double, float>
    where TMode : struct, IRounding
{
    public static float Of(double a) => Float32.Canonical(Rounding.ToFloat32(a, TMode.Mode));
}

internal readonly struct FlushedSource<TTo, TOp> : IConversion<float, TTo>
    where TOp : struct, IConversion<float, TTo>
{
    public static TTo Of(float a) => TOp.Of(Float32.Flush(a));
}

internal readonly struct FlushedResult<TFrom, TOp> : IConversion<TFrom, float>
    where TOp : struct, IConversion<TFrom, float>
{
    public static float Of(TFrom a) => Float32.Flush(TOp.Of(a));
}

/// <summary>
/// cvt.rna.tf32.f32: 10 bits of mantissa, ties away from zero (PTX ISA, "Alternate Floating-Point Data Formats"); the low 13 bits are zero.
/// </summary>
internal readonly struct RoundToTf32 : IConversion<float, uint>
{
    public static uint Of(float a) => float.IsNaN(a) ? 0x7FFFFFFF : (BitConverter.SingleToUInt32Bits(a) + 0x1000) & ~0x1FFFu;
}

/// <summary>cvt.rn.bf16x2.f32: a in the upper half, b in the lower.</summary>
internal sealed unsafe class TwoBf16Instruction(Reg d, Reg a, Reg b) : Instruction
{
    public override InstructionClass Class => InstructionClass.Convert;

    public override void Execute(Warp warp, uint mask)
    {
        warp.Require(a, mask, this);
        warp.Require(b, mask, this);
        uint* to = warp.Target<uint>(d, mask);
        float* upper = warp.Values<float>(a), lower = warp.Values<float>(b);
        for (int i = 0; i < Warp.Lanes; i++)
            to[i] = Bf16(upper[i]) << 16 | Bf16(lower[i]);
        warp.Keep<uint>(d, mask);
    }

    /// <summary>Nearest, ties to even; NaN becomes 0x7FFF.</summary>
    private static uint Bf16(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? 0x7FFF : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    }
}
