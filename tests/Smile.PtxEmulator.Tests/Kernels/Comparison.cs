using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;
using Smile.Kernels.Tests;
using Smile.Kernels.Tests.Golden;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Driver;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>
/// One operation on the scalar backend and on the emulator. Around every operand lie words that nobody may change or use: NaN.
/// </summary>
/// <param name="change">Plants a fault: gives another text for a kernel.</param>
/// <param name="precision">What the emulated backend's convolutions multiply in.</param>
/// <param name="seed">Seed of the warps' order.</param>
/// <param name="packedWords">The most words for operands in the form that tensor cores take.</param>
internal sealed class Comparison(Func<string, string, string>? change = null, Precision precision = Precision.Fp32, int seed = 1,
    int packedWords = PackedOperands.MostWords)
{
    private const int Guard = ArenaPlan.Alignment;

    private readonly List<(Place Place, float[] Before, bool Changes)> _operands = [];
    private readonly ArenaPlan _plan = new();

    /// <summary>The launches of the last run.</summary>
    public IReadOnlyList<LaunchReport> Launches { get; private set; } = [];

    /// <summary>What the last run left in the operands and the words around them, on the scalar backend and on the emulator.</summary>
    public float[][] Expected { get; private set; } = [];

    /// <inheritdoc cref="Expected"/>
    public float[][] Actual { get; private set; } = [];

    /// <summary>An operand's own words of <see cref="Expected"/> or <see cref="Actual"/>.</summary>
    public float[] Inside(float[][] words, int operand) => words[operand].AsSpan(Guard, _operands[operand].Place.Length).ToArray();

    public Place Source(string name, long length) => Take(Seeded.Floats(name, length), false);

    public Place Source(float[] values) => Take(values, false);

    public Place State(string name, long length) => Take(Seeded.Floats(name, length), true);

    public Place Result(long length) => Take([.. Enumerable.Repeat(float.NaN, (int)length)], true);

    /// <summary>The first difference in words, or null where the results agree and everything else is as it was.</summary>
    public string? Difference(Action<IBackend> operation)
    {
        EmulatedDriver driver = EmulatedCuda.Driver(8, 0, seed);
        if (change is not null)
            driver.Change = text => change(PtxModule.Parse(text).Kernels.Single().Name["Kernel_".Length..], text);
        using var emulated = new GpuBackend(EmulatedCuda.Open(driver), precision, mostPackedWords: packedWords);
        using var scalar = new ScalarBackend();
        float[][] expected = Run(scalar, operation), actual = Run(emulated, operation);
        Launches = driver.Launches;
        (Expected, Actual) = (expected, actual);
        for (int i = 0; i < _operands.Count; i++)
        {
            // 1e-4: two roundings of float32 in each of at most 600 terms, and orders of magnitude below any planted fault.
            Tolerance tolerance = _operands[i].Changes ? new(1e-4, 1e-4) : new(0, 0);
            if (Close.Difference(tolerance, Finite(expected[i]), Finite(actual[i])) is { } difference)
                return $"operand {i}: {difference}";
        }

        return null;
    }

    /// <summary>
    /// Words as numbers that can be compared: NaN, which both backends leave where nobody writes, and small integers, which as floats are
    /// subnormal and would all be close to zero.
    /// </summary>
    private static float[] Finite(float[] values) =>
        [.. values.Select(v => !float.IsFinite(v) ? 1e30f : float.IsSubnormal(v) ? BitConverter.SingleToUInt32Bits(v) : v)];

    private float[][] Run(IBackend backend, Action<IBackend> operation)
    {
        backend.Reserve(_plan);
        foreach ((Place place, float[] before, _) in _operands)
        {
            backend.Fill(Around(place), float.NaN);
            backend.Write(place, before);
        }

        operation(backend);
        backend.Finish();
        return [.. _operands.Select(operand =>
        {
            var values = new float[Around(operand.Place).Length];
            backend.Read(Around(operand.Place), values);
            return values;
        })];
    }

    private static Place Around(Place place) => new(place.Arena, place.Offset - Guard, place.Length + 2 * Guard);

    private Place Take(float[] values, bool changes)
    {
        Place place = _plan.Take((Arena)(_operands.Count % 6), values.Length + 2 * Guard).Part(Guard, values.Length);
        _operands.Add((place, values, changes));
        return place;
    }
}
