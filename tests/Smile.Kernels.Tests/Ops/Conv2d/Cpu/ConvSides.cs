using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops.Conv2d.Cpu;

/// <summary>One convolution by two algorithms.</summary>
internal static class ConvSides
{
    /// <summary>
    /// Fails unless an algorithm gives the same bits with 1, 3 and 6 threads (few threads do more each for itself), and in every pass what
    /// the implicit GEMM gives, within <paramref name="tolerance"/> of the root mean square.
    /// </summary>
    public static void Agree(ConvAlgorithm algorithm, ConvShape shape, double tolerance, string what)
    {
        float[][] gemm = Passes(ConvAlgorithm.Gemm, shape, threads: 2), other = Passes(algorithm, shape, threads: 3);
        Assert.Equal(Passes(algorithm, shape, threads: 1), other); // to the bit
        Assert.Equal(Passes(algorithm, shape, threads: 6), other);
        for (int i = 0; i < gemm.Length; i++)
        {
            double scale = Math.Sqrt(gemm[i].Average(v => (double)v * v)), worst = 0;
            for (int j = 0; j < gemm[i].Length; j++)
            {
                double difference = Math.Abs(gemm[i][j] - other[i][j]) / scale;
                worst = difference <= worst ? worst : difference; // NaN stays
            }

            Assert.True(worst <= tolerance, $"{what}, result {i}: off by {worst:E1} of the root mean square.");
        }
    }

    private static float[][] Passes(ConvAlgorithm algorithm, ConvShape shape, int threads)
    {
        using var backend = new SimdBackend(threads, convolution: algorithm);
        var plan = new ArenaPlan();
        int xs = (int)shape.InputCount, ys = (int)shape.OutputCount, ws = (int)shape.WeightCount;
        Place x = plan.Take(Arena.Activations, xs), dy = plan.Take(Arena.Activations, ys), w = plan.Take(Arena.Weights, ws);
        Place dx = plan.Take(Arena.Gradients, xs), y = plan.Take(Arena.Gradients, ys), dw = plan.Take(Arena.Gradients, ws);
        backend.Reserve(plan);
        foreach ((Place place, string name) in new[] { (x, "x"), (dy, "dy"), (w, "w"), (dx, "dx"), (dw, "dw") })
            backend.Write(place, Seeded.Floats(name, place.Length));
        backend.ConvForward(shape, x, w, Place.None, y);
        backend.ConvBackInput(shape, dy, w, dx, Into.Add);
        backend.ConvBackWeight(shape, x, dy, dw, Into.Add);
        return [.. new[] { y, dx, dw }.Select(place =>
        {
            var values = new float[place.Length];
            backend.Read(place, values);
            return values;
        })];
    }
}
