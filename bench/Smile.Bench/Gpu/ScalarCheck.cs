using System.Globalization;
using System.Runtime.InteropServices;
using Smile.Bench.Ptx;
using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Bench.Gpu;

/// <summary>The results of a case against those of the scalar backend.</summary>
internal static class ScalarCheck
{
    /// <summary>
    /// Of a number and the root mean square of its tensor: some 30 roundings of float32 for each of a thousand terms, which cancel like a
    /// random walk.
    /// </summary>
    public const double Tolerance = 1e-4;

    /// <summary>
    /// The same of a case on tensor cores: four times what rounding to the format's mantissa can move a product by, which is 15 times the
    /// root mean square error measured (docs/numerics.md).
    /// </summary>
    public static double ToleranceOf(Precision precision) => precision switch
    {
        Precision.Tf32 => 4.0 / (1 << 10),
        Precision.Bf16 => 4.0 / (1 << 7),
        _ => Tolerance,
    };

    /// <summary>The results of a case on the scalar backend.</summary>
    public static IReadOnlyList<uint[]> Expected(KernelCase one) => Expected(one, new ScalarBackend());

    /// <summary>The results of a case on a backend, which is given back.</summary>
    public static IReadOnlyList<uint[]> Expected(KernelCase one, IBackend on)
    {
        using IBackend backend = on;
        var operands = new Operands();
        Action<IBackend> run = one.Make(operands);
        backend.Reserve(operands.Plan);
        operands.Write(backend);
        run(backend);
        backend.Finish();
        return Results(backend, operands);
    }

    /// <summary>What a backend holds now.</summary>
    public static IReadOnlyList<uint[]> Results(IBackend backend, Operands operands) => [.. operands.Results.Select(result =>
    {
        var words = new uint[result.Place.Length];
        backend.Read(result.Place, words);
        return words;
    })];

    /// <summary>The first difference in words; null where there is none.</summary>
    public static string? Difference(Operands operands, IReadOnlyList<uint[]> expected, IReadOnlyList<uint[]> actual,
        double tolerance = Tolerance)
    {
        for (int r = 0; r < expected.Count; r++)
        {
            ReadOnlySpan<float> right = MemoryMarshal.Cast<uint, float>(expected[r]), got = MemoryMarshal.Cast<uint, float>(actual[r]);
            double square = 0;
            foreach (float value in right)
                square += (double)value * value;
            double norm = Math.Sqrt(square / right.Length);
            for (int i = 0; i < right.Length; i++)
            {
                bool equal = operands.Results[r].Integers
                    ? expected[r][i] == actual[r][i]
                    : expected[r][i] == actual[r][i] || Math.Abs(got[i] - right[i]) <= tolerance * (Math.Abs(right[i]) + norm);
                if (!equal)
                    return string.Create(CultureInfo.InvariantCulture, $"result {r}, word {i}: "
                        + $"{Text(operands.Results[r].Integers, actual[r][i])}, "
                        + $"scalar has {Text(operands.Results[r].Integers, expected[r][i])}");
            }
        }

        return null;
    }

    private static string Text(bool integer, uint word) =>
        integer
            ? word.ToString(CultureInfo.InvariantCulture)
            : BitConverter.UInt32BitsToSingle(word).ToString("R", CultureInfo.InvariantCulture);
}
