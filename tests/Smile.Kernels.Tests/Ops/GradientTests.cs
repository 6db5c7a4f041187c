using System.Runtime.InteropServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Ops.MeanPool;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.SoftmaxLoss;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

/// <summary>
/// The scalar backend's backward passes are the derivatives of its forward passes: by finite differences where the operation is small or
/// not linear, by the identity &lt;dy, F x&gt; = &lt;F* dy, x&gt; where it is linear. Every other backend is compared with the scalar one.
/// </summary>
public class GradientTests
{
    public static TheoryData<string> ConvNames => [.. ConvCases.All.Keys];

    public static TheoryData<string> SmallConvNames =>
        [.. ConvCases.All.Where(c => Math.Max(c.Value.InputCount, c.Value.WeightCount) * c.Value.Flops < 40_000_000).Select(c => c.Key)];

    public static TheoryData<string> ResizeNames => [.. ResizeCases.All.Keys];

    public static TheoryData<string> PoolNames => [.. PoolCases.All.Where(c => c.Value.InputCount < 1000).Select(c => c.Key)];

    [Theory, MemberData(nameof(ConvNames))]
    public void Convolution_is_linear_and_its_gradients_are_the_adjoints(string name)
    {
        ConvShape s = ConvCases.All[name];
        float[] x = Seeded.Floats($"{name}/x", s.InputCount), w = Seeded.Floats($"{name}/w", s.WeightCount),
            dy = Seeded.Floats($"{name}/dy", s.OutputCount);
        float[] y = Forward(s, x, w, null);
        double product = Dot(dy, y), scale = Math.Sqrt(Dot(dy, dy) * Dot(y, y));
        var t = new OpBench<Scalar>();
        Place px = t.Source(x), pw = t.Source(w), pdy = t.Source(dy), dx = t.Result(x.Length), dw = t.Result(w.Length),
            db = t.Result(s.OutChannels);
        t.Run(d =>
        {
            d.ConvBackInput(s, pdy, pw, dx, Into.Set);
            d.ConvBackWeight(s, px, pdy, dw, Into.Set);
            d.ConvBackBias(s, pdy, db, Into.Set);
        });
        var tolerance = new Tolerance(8 * Tolerance.Unit * scale, 0);
        Close.Within(tolerance, product, Dot(t.Floats(dx), x), "<dx, x>");
        Close.Within(tolerance, product, Dot(t.Floats(dw), w), "<dw, w>");
        float[] bias = Seeded.Floats($"{name}/bias", s.OutChannels);
        float[] shift = Forward(s, new float[x.Length], w, bias);
        Close.Within(new Tolerance(8 * Tolerance.Unit * Math.Sqrt(Dot(dy, dy) * Dot(shift, shift)), 0), Dot(dy, shift),
            Dot(t.Floats(db), bias), "<dbias, bias>");
    }

    [Theory, MemberData(nameof(SmallConvNames))]
    public void Convolution_by_finite_differences(string name)
    {
        ConvShape s = ConvCases.All[name];
        float[] x = Seeded.Floats($"{name}/x", s.InputCount), w = Seeded.Floats($"{name}/w", s.WeightCount),
            dy = Seeded.Floats($"{name}/dy", s.OutputCount);
        var t = new OpBench<Scalar>();
        Place px = t.Source(x), pw = t.Source(w), pdy = t.Source(dy), dx = t.Result(x.Length), dw = t.Result(w.Length);
        t.Run(d =>
        {
            d.ConvBackInput(s, pdy, pw, dx, Into.Set);
            d.ConvBackWeight(s, px, pdy, dw, Into.Set);
        });
        // A linear function has no error of truncation: any step is right, and a step of 1 loses the least to rounding.
        Tolerance rounding = new(8 * Tolerance.Unit * Math.Sqrt(s.OutputCount) * s.Kernel * s.Kernel * Math.Max(s.InChannels,
            s.OutChannels), 0);
        Differences(1, rounding, x, t.Floats(dx), v => Dot(dy, Forward(s, v, w, null)), "dx");
        Differences(1, rounding, w, t.Floats(dw), v => Dot(dy, Forward(s, x, v, null)), "dw");
    }

    [Theory, MemberData(nameof(ResizeNames))]
    public void Resize_backward_is_the_adjoint(string name)
    {
        ResizeShape s = ResizeCases.All[name];
        float[] x = Seeded.Floats($"{name}/x", s.InputCount), dy = Seeded.Floats($"{name}/dy", s.OutputCount);
        var t = new OpBench<Scalar>();
        Place px = t.Source(x), pdy = t.Source(dy), y = t.Result(dy.Length), dx = t.Result(x.Length);
        t.Run(d =>
        {
            d.ResizeForward(s, px, y);
            d.ResizeBackward(s, pdy, dx, Into.Set);
        });
        double scale = Math.Sqrt(Dot(dy, dy) * Dot(t.Floats(y), t.Floats(y)));
        Close.Within(new Tolerance(8 * Tolerance.Unit * scale, 0), Dot(dy, t.Floats(y)), Dot(t.Floats(dx), x), "<dx, x>");
    }

    [Fact]
    public void Mean_pool_backward_is_the_adjoint()
    {
        MeanShape s = new(3, 35, 7);
        float[] x = Seeded.Floats("mean/x", 3 * 35 * 7), dy = Seeded.Floats("mean/dy", 21);
        var t = new OpBench<Scalar>();
        Place px = t.Source(x), pdy = t.Source(dy), y = t.Result(21), dx = t.Result(x.Length);
        t.Run(d =>
        {
            d.MeanPoolForward(s, px, y);
            d.MeanPoolBackward(s, pdy, dx, Into.Set);
        });
        Close.Within(new Tolerance(1e-7, 1e-6), Dot(dy, t.Floats(y)), Dot(t.Floats(dx), x), "<dx, x>");
    }

    [Theory, MemberData(nameof(PoolNames))]
    public void Max_pool_by_finite_differences(string name)
    {
        PoolShape s = PoolCases.All[name];
        // All different by more than the step, so that no winner changes.
        float[] x = new float[s.InputCount], dy = Seeded.Floats($"{name}/dy", s.OutputCount),
            order = Seeded.Floats($"{name}/x", s.InputCount);
        int rank = 0;
        foreach (int i in Enumerable.Range(0, x.Length).OrderBy(i => order[i]))
            x[i] = rank++ / 16f;
        (float[] Y, float[] Dx) Run(float[] v)
        {
            var t = new OpBench<Scalar>();
            Place px = t.Source(v), pdy = t.Source(dy), index = t.Result(dy.Length), y = t.Result(dy.Length), dx = t.Result(x.Length);
            t.Run(d =>
            {
                d.MaxPoolForward(s, px, index, y);
                d.MaxPoolBackward(s, pdy, index, dx, Into.Set);
            });
            return (t.Floats(y), t.Floats(dx));
        }

        Differences(1f / 64, new Tolerance(1e-4, 1e-6), x, Run(x).Dx, v => Dot(dy, Run(v).Y), "dx");
    }

    [Theory]
    [InlineData(NormMode.Batch, false)]
    [InlineData(NormMode.Batch, true)]
    [InlineData(NormMode.Running, false)]
    [InlineData(NormMode.Running, true)]
    public void Batch_norm_by_finite_differences(NormMode mode, bool relu)
    {
        NormShape s = new(11, 5, mode, relu);
        float[] x = Seeded.Floats("norm/x", 55), residual = Seeded.Floats("norm/residual", 55), dy = Seeded.Floats("norm/dy", 55);
        float[] gamma = Seeded.Floats("norm/gamma", 5), beta = Seeded.Floats("norm/beta", 5);
        float[] mean = Seeded.Floats("norm/mean", 5), variance = GoldenCases.Positive("norm/variance", 5);

        (float[] Y, float[] Dx, float[] Dr, float[] Dg, float[] Db) Run(float[] x, float[] residual, float[] gamma, float[] beta)
        {
            var t = new OpBench<Scalar>();
            Place px = t.Source(x), pr = t.Source(residual), pdy = t.Source(dy);
            Place y = t.Result(55), dx = t.Result(55), dr = t.Result(55), dg = t.Result(5), db = t.Result(5);
            var p = new NormPlaces(t.Source(gamma), t.Source(beta), t.State(mean), t.State(variance), t.Result(5), t.Result(5));
            t.Run(d =>
            {
                d.NormForward(s, px, pr, p, y);
                d.NormBackward(s, px, y, pdy, p, dx, Into.Set, dr, Into.Set, dg, db);
            });
            return (t.Floats(y), t.Floats(dx), t.Floats(dr), t.Floats(dg), t.Floats(db));
        }

        var at = Run(x, residual, gamma, beta);
        const float Step = 1f / 512;
        // Truncation step^2 / 6 times a third derivative of order 10, rounding Unit * sqrt(55) / step: both near 1e-4. No y lies within a
        // step of 0.
        var tolerance = new Tolerance(5e-4, 5e-4);
        Differences(Step, tolerance, x, at.Dx, v => Dot(dy, Run(v, residual, gamma, beta).Y), "dx");
        Differences(Step, tolerance, residual, at.Dr, v => Dot(dy, Run(x, v, gamma, beta).Y), "dresidual");
        Differences(Step, tolerance, gamma, at.Dg, v => Dot(dy, Run(x, residual, v, beta).Y), "dgamma");
        Differences(Step, tolerance, beta, at.Db, v => Dot(dy, Run(x, residual, gamma, v).Y), "dbeta");
    }

    [Fact]
    public void Masked_bce_by_finite_differences()
    {
        const int Pixels = 13, Organs = 5;
        float[] z = Seeded.Floats("bce/logits", Pixels * Organs).Select(v => 4 * v).ToArray();
        uint[] organ = Seeded.Words("bce/organ", Pixels), known = Seeded.Words("bce/known", Pixels);

        (double Loss, float[] Gradient) Run(float[] z)
        {
            var t = new OpBench<Scalar>();
            Place pz = t.Source(z), po = t.Source(organ), pw = t.Source(known), sums = t.Result(Organs), counts = t.Result(Organs),
                dz = t.Result(z.Length);
            t.Run(d => d.MaskedBce(new MaskedBceShape(Pixels, Organs, 1), pz, po, pw, sums, counts, dz));
            return (t.Floats(sums).Sum(v => (double)v), t.Floats(dz));
        }

        Differences(1f / 128, new Tolerance(2e-4, 2e-4), z, Run(z).Gradient, v => Run(v).Loss, "dlogits");
    }

    public static TheoryData<float, bool, float, float, float> LossTermCases => new()
    {
        { 0, true, 0, 0.5f, 0.5f },
        { 2, true, 0, 0.5f, 0.5f },
        { 0.75f, false, 0, 0.5f, 0.5f },
        { 0, false, 1, 0.5f, 0.5f },
        { 2, true, 1, 0.3f, 0.7f },
        { 0, true, 3, 0, 1 },
    };

    [Theory, MemberData(nameof(LossTermCases))]
    public void Masked_loss_by_finite_differences(float gamma, bool perKnown, float region, float alpha, float beta)
    {
        var terms = new LossTerms(1, gamma, perKnown, region, alpha, beta);
        MaskedLossShape s = new(3, 5, 4, terms);
        float[] z = [.. Seeded.Floats("masked loss/logits", s.Count).Select(v => 4 * v)];
        uint[] organ = Seeded.Words("masked loss/organ", s.AllPixels), known = Seeded.Words("masked loss/known", s.AllPixels);
        uint[] annotated = [0b0011, 0b0110, 0b0001]; // organ 3 has no region

        (double Loss, float[] Gradient) Run(float[] z)
        {
            var t = new OpBench<Scalar>();
            Place pz = t.Source(z), po = t.Source(organ), pw = t.Source(known), pa = t.Source(annotated);
            Place sums = t.Result(LossSums.Words * 4), counts = t.Result(LossCounts.Words * 4), dz = t.Result(z.Length);
            t.Run(d => d.MaskedLoss(s, pz, po, pw, pa, sums, counts, dz));
            double loss = terms.Value(MemoryMarshal.Cast<float, LossSums>(t.Floats(sums)),
                MemoryMarshal.Cast<uint, LossCounts>(t.Words(counts)), s.AllPixels);
            return (loss, t.Floats(dz));
        }

        // The loss is of order 1 and made of float32 sums: roundings of 1e-7 over a step of 1/64, and the truncation.
        Differences(1f / 128, new Tolerance(3e-5, 3e-4), z, Run(z).Gradient, v => Run(v).Loss, "dlogits");
    }

    [Theory, MemberData(nameof(LossTermCases))]
    public void Softmax_loss_by_finite_differences(float gamma, bool perKnown, float region, float alpha, float beta)
    {
        var terms = new LossTerms(1, gamma, perKnown, region, alpha, beta);
        SoftmaxLossShape s = new(15, 4, terms);
        float[] z = [.. Seeded.Floats("softmax loss/logits", s.Count).Select(v => 4 * v)];
        uint[] labels = [.. Seeded.Words("softmax loss/labels", 15).Select(w => w % 5 == 4 ? SoftmaxShape.Ignored : w % 5)];

        (double Loss, float[] Gradient) Run(float[] z)
        {
            var t = new OpBench<Scalar>();
            Place pz = t.Source(z), pl = t.Source(labels), sums = t.Result(LossSums.Words * 4), counts = t.Result(LossCounts.Words * 4);
            Place dz = t.Result(z.Length);
            t.Run(d => d.SoftmaxLoss(s, pz, pl, sums, counts, dz));
            double loss = terms.Value(MemoryMarshal.Cast<float, LossSums>(t.Floats(sums)),
                MemoryMarshal.Cast<uint, LossCounts>(t.Words(counts)), s.Pixels);
            return (loss, t.Floats(dz));
        }

        // As of the masked loss.
        Differences(1f / 128, new Tolerance(3e-5, 3e-4), z, Run(z).Gradient, v => Run(v).Loss, "dlogits");
    }

    [Fact]
    public void Resized_bce_by_finite_differences()
    {
        ResizedBceShape s = new(2, 3, 4, 7, 13, 3, 1);
        float[] z = [.. Seeded.Floats("resized bce/logits", s.Count).Select(v => 4 * v)];
        uint[] organ = Seeded.Words("bce/organ", (int)s.Pixels), known = Seeded.Words("bce/known", (int)s.Pixels);

        (double Loss, float[] Gradient) Run(float[] z)
        {
            var t = new OpBench<Scalar>();
            Place pz = t.Source(z), po = t.Source(organ), pw = t.Source(known), sums = t.Result(3), counts = t.Result(3),
                dz = t.Result(z.Length);
            t.Run(d => d.ResizedBce(s, pz, po, pw, sums, counts, dz));
            return (t.Floats(sums).Sum(v => (double)v), t.Floats(dz));
        }

        // The losses are float32 of about 60 each: their roundings, 4e-6 each, over twice the step.
        Differences(1f / 128, new Tolerance(1e-3, 1e-3), z, Run(z).Gradient, v => Run(v).Loss, "dlogits");
    }

    [Fact]
    public void Softmax_cross_entropy_by_finite_differences()
    {
        const int Pixels = 13, Classes = 4;
        float[] z = Seeded.Floats("softmax/logits", Pixels * Classes).Select(v => 4 * v).ToArray();
        uint[] labels = Seeded.Words("softmax/labels", Pixels).Select(w => w % 5 == 4 ? SoftmaxShape.Ignored : w % 5).ToArray();

        (double Loss, float[] Gradient) Run(float[] z)
        {
            var t = new OpBench<Scalar>();
            Place pz = t.Source(z), pl = t.Source(labels), sum = t.Result(1), count = t.Result(1), dz = t.Result(z.Length);
            t.Run(d => d.SoftmaxCrossEntropy(new SoftmaxShape(Pixels, Classes, 1), pz, pl, sum, count, dz));
            return (t.Floats(sum)[0], t.Floats(dz));
        }

        // The loss is one float32 of about 25: its rounding, 1e-6, over twice the step.
        Differences(1f / 128, new Tolerance(3e-4, 3e-4), z, Run(z).Gradient, v => Run(v).Loss, "dlogits");
    }

    /// <summary>Compares each element of a gradient with the central difference of the loss.</summary>
    private static void Differences(float step, Tolerance tolerance, float[] at, float[] gradient, Func<float[], double> loss, string what)
    {
        var numeric = new float[at.Length];
        for (int i = 0; i < at.Length; i++)
        {
            float[] up = [.. at], down = [.. at];
            up[i] += step;
            down[i] -= step;
            numeric[i] = (float)((loss(up) - loss(down)) / ((double)up[i] - down[i]));
        }

        Close.Within(tolerance, numeric, gradient, $"{what} against finite differences");
    }

    private static float[] Forward(ConvShape s, float[] x, float[] w, float[]? bias)
    {
        var t = new OpBench<Scalar>();
        Place px = t.Source(x), pw = t.Source(w), pb = bias is null ? Place.None : t.Source(bias), y = t.Result(s.OutputCount);
        t.Run(d => d.ConvForward(s, px, pw, pb, y));
        return t.Floats(y);
    }

    private static double Dot(float[] a, float[] b) => a.Zip(b, (p, q) => (double)p * q).Sum();
}
