using System.Runtime.InteropServices;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.SoftmaxLoss;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

/// <summary>The same numbers as PyTorch, by way of the files in Golden/ that <c>bench/Smile.Bench -- golden</c> wrote.</summary>
public abstract class GoldenTests<TDevice>
    where TDevice : IDevice
{
    private static readonly GoldenFile Conv = Read("conv.json"), Ops = Read("ops.json");

    public static TheoryData<string> ConvNames => ConvTests<TDevice>.Names;

    public static TheoryData<string> PoolNames => MaxPoolTests<TDevice>.Names;

    public static TheoryData<string> ResizeNames => ResizeTests<TDevice>.Names;

    [Theory, MemberData(nameof(ConvNames))]
    public void Convolution(string name)
    {
        ConvShape s = ConvCases.All[name];
        var t = new OpBench<TDevice>();
        Place x = t.Source(Seeded.Floats($"{name}/x", s.InputCount)), w = t.Source(Seeded.Floats($"{name}/w", s.WeightCount));
        Place bias = t.Source(Seeded.Floats($"{name}/bias", s.OutChannels)), dy = t.Source(Seeded.Floats($"{name}/dy", s.OutputCount));
        Place y = t.Result(s.OutputCount), dx = t.Result(s.InputCount), dw = t.Result(s.WeightCount), dbias = t.Result(s.OutChannels);
        t.Run(d =>
        {
            d.ConvForward(s, x, w, bias, y);
            d.ConvBackInput(s, dy, w, dx, Into.Set);
            d.ConvBackWeight(s, x, dy, dw, Into.Set);
            d.ConvBackBias(s, dy, dbias, Into.Set);
        });
        long taps = s.Kernel * s.Kernel, pixels = s.OutputCount / s.OutChannels;
        Is(Conv, $"{name}/y", Tolerance.Sum(taps * s.InChannels + 1, Tolerance.Product).Times(TDevice.ConvError), t.Floats(y));
        Is(Conv, $"{name}/dx", Tolerance.Sum(taps * s.OutChannels, Tolerance.Product).Times(TDevice.ConvError), t.Floats(dx));
        Is(Conv, $"{name}/dw", Tolerance.Sum(pixels, Tolerance.Product).Times(TDevice.ConvError), t.Floats(dw));
        Is(Conv, $"{name}/dbias", Tolerance.Sum(pixels, Tolerance.Operand), t.Floats(dbias));
    }

    [Theory]
    [InlineData(NormMode.Batch)]
    [InlineData(NormMode.Running)]
    public void Batch_norm_with_residual_and_relu(NormMode mode)
    {
        NormShape s = GoldenCases.Norm with { Mode = mode, Relu = true };
        int c = s.Channels;
        var t = new OpBench<TDevice>();
        Place x = t.Source(Seeded.Floats("norm/x", s.Count)), residual = t.Source(Seeded.Floats("norm/residual", s.Count));
        Place dy = t.Source(Seeded.Floats("norm/dy", s.Count));
        Place y = t.Result(s.Count), dx = t.Result(s.Count), dresidual = t.Result(s.Count), dgamma = t.Result(c), dbeta = t.Result(c);
        var p = new NormPlaces(t.Source(Seeded.Floats("norm/gamma", c)), t.Source(Seeded.Floats("norm/beta", c)),
            t.State(Seeded.Floats("norm/running mean", c)), t.State(GoldenCases.Positive("norm/running variance", c)), t.Result(c),
                t.Result(c));
        t.Run(d =>
        {
            d.NormForward(s, x, residual, p, y);
            d.NormBackward(s, x, y, dy, p, dx, Into.Set, dresidual, Into.Set, dgamma, dbeta);
        });
        string name = mode == NormMode.Batch ? "norm batch" : "norm running";
        Tolerance each = Tolerance.Element(12, 8);
        Is(Ops, $"{name}/y", each, t.Floats(y));
        Is(Ops, $"{name}/running mean", each, t.Floats(p.RunningMean));
        Is(Ops, $"{name}/running variance", each, t.Floats(p.RunningVariance));
        Is(Ops, $"{name}/dx", each, t.Floats(dx));
        Is(Ops, $"{name}/dresidual", Tolerance.Element(1), t.Floats(dresidual));
        Is(Ops, $"{name}/dgamma", Tolerance.Sum(s.Rows, 1.2), t.Floats(dgamma));
        Is(Ops, $"{name}/dbeta", Tolerance.Sum(s.Rows, Tolerance.Operand), t.Floats(dbeta));
    }

    [Theory, MemberData(nameof(PoolNames))]
    public void Max_pool(string name)
    {
        PoolShape s = PoolCases.All[name];
        var t = new OpBench<TDevice>();
        Place x = t.Source(Seeded.Floats($"{name}/x", s.InputCount)), dy = t.Source(Seeded.Floats($"{name}/dy", s.OutputCount));
        Place index = t.Result(s.OutputCount), y = t.Result(s.OutputCount), dx = t.Result(s.InputCount);
        t.Run(d =>
        {
            d.MaxPoolForward(s, x, index, y);
            d.MaxPoolBackward(s, dy, index, dx, Into.Set);
        });
        Is(Ops, $"{name}/y", Tolerance.Element(1), t.Floats(y));
        Is(Ops, $"{name}/dx", Tolerance.Sum(s.Kernel * s.Kernel, Tolerance.Operand), t.Floats(dx));
    }

    [Theory, MemberData(nameof(ResizeNames))]
    public void Resize(string name)
    {
        ResizeShape s = ResizeCases.All[name];
        var t = new OpBench<TDevice>();
        Place x = t.Source(Seeded.Floats($"{name}/x", s.InputCount)), dy = t.Source(Seeded.Floats($"{name}/dy", s.OutputCount));
        Place y = t.Result(s.OutputCount), dx = t.Result(s.InputCount);
        t.Run(d =>
        {
            d.ResizeForward(s, x, y);
            d.ResizeBackward(s, dy, dx, Into.Set);
        });
        Is(Ops, $"{name}/y", Resizing.Forward(s), t.Floats(y));
        Is(Ops, $"{name}/dx", Resizing.Backward(s), t.Floats(dx));
    }

    [Fact]
    public void Masked_bce()
    {
        MaskedBceShape s = GoldenCases.Bce;
        int count = s.Pixels * s.Organs;
        var t = new OpBench<TDevice>();
        Place z = t.Source(GoldenCases.Logits("bce/logits", count, 30));
        Place organ = t.Source(Seeded.Words("bce/organ", s.Pixels)), known = t.Source(Seeded.Words("bce/known", s.Pixels));
        Place sums = t.Result(s.Organs), counts = t.Result(s.Organs), dz = t.Result(count);
        t.Run(d => d.MaskedBce(s, z, organ, known, sums, counts, dz));
        Is(Ops, "bce/loss sums", Tolerance.SumOfPositives(s.Pixels), t.Floats(sums));
        Is(Ops, "bce/known counts", new Tolerance(0, 0), [.. t.Words(counts).Select(c => (float)c)]);
        Is(Ops, "bce/dlogits", new Tolerance(8 * Tolerance.Unit / s.Pixels, 8 * Tolerance.Unit), t.Floats(dz));
    }

    [Fact]
    public void Softmax_cross_entropy()
    {
        SoftmaxShape s = GoldenCases.Softmax;
        int count = s.Pixels * s.Classes;
        var t = new OpBench<TDevice>();
        Place z = t.Source(GoldenCases.Logits("softmax/logits", count, 30)), labels = t.Source(GoldenCases.SoftmaxLabels());
        Place sum = t.Result(1), used = t.Result(1), dz = t.Result(count);
        t.Run(d => d.SoftmaxCrossEntropy(s, z, labels, sum, used, dz));
        Is(Ops, "softmax/loss sum", Tolerance.SumOfPositives(s.Pixels), t.Floats(sum));
        Is(Ops, "softmax/dlogits", new Tolerance(16 * Tolerance.Unit / s.Pixels, 16 * Tolerance.Unit), t.Floats(dz));
    }

    public static TheoryData<string> MaskedLossNames => [.. GoldenCases.MaskedLosses.Keys];

    [Theory, MemberData(nameof(MaskedLossNames))]
    public void Masked_loss(string name)
    {
        MaskedLossShape s = GoldenCases.MaskedLosses[name];
        var t = new OpBench<TDevice>();
        Place z = t.Source(GoldenCases.Logits("masked loss/logits", (int)s.Count, 10)),
            organ = t.Source(Seeded.Words("masked loss/organ", s.AllPixels));
        Place known = t.Source(Seeded.Words("masked loss/known", s.AllPixels)), annotated = t.Source([.. GoldenCases.Annotated]);
        Place sums = t.Result(LossSums.Words * s.Organs), counts = t.Result(LossCounts.Words * s.Organs), dz = t.Result(s.Count);
        t.Run(d => d.MaskedLoss(s, z, organ, known, annotated, sums, counts, dz));
        Tolerance sum = Tolerance.SumOfPositives(s.AllPixels).Times(1 + s.Terms.FocalGamma);
        Is(Ops, $"masked loss {name}/sums", sum, t.Floats(sums));
        double value = s.Terms.Value(MemoryMarshal.Cast<float, LossSums>(t.Floats(sums)),
            MemoryMarshal.Cast<uint, LossCounts>(t.Words(counts)), s.AllPixels);
        Is(Ops, $"masked loss {name}/value", sum, [(float)value]);
        Is(Ops, $"masked loss {name}/dlogits", new Tolerance(16 * Tolerance.Unit / 29, 24 * Tolerance.Unit * (1 + s.Terms.FocalGamma)),
            t.Floats(dz));
    }

    public static TheoryData<string> SoftmaxLossNames => [.. GoldenCases.SoftmaxLosses.Keys];

    [Theory, MemberData(nameof(SoftmaxLossNames))]
    public void Softmax_loss(string name)
    {
        SoftmaxLossShape s = GoldenCases.SoftmaxLosses[name];
        var t = new OpBench<TDevice>();
        Place z = t.Source(GoldenCases.Logits("softmax/logits", (int)s.Count, 10)), labels = t.Source(GoldenCases.SoftmaxLabels());
        Place sums = t.Result(LossSums.Words * s.Classes), counts = t.Result(LossCounts.Words * s.Classes), dz = t.Result(s.Count);
        t.Run(d => d.SoftmaxLoss(s, z, labels, sums, counts, dz));
        Tolerance sum = Tolerance.SumOfPositives(s.Pixels).Times(2 * (1 + s.Terms.FocalGamma));
        Is(Ops, $"softmax loss {name}/sums", sum, t.Floats(sums));
        double value = s.Terms.Value(MemoryMarshal.Cast<float, LossSums>(t.Floats(sums)),
            MemoryMarshal.Cast<uint, LossCounts>(t.Words(counts)), s.Pixels);
        Is(Ops, $"softmax loss {name}/value", sum, [(float)value]);
        Is(Ops, $"softmax loss {name}/dlogits", new Tolerance(24 * Tolerance.Unit / 29, 24 * Tolerance.Unit * (1 + s.Terms.FocalGamma)),
            t.Floats(dz));
    }

    [Theory]
    [InlineData("sgd", false)]
    [InlineData("nesterov", true)]
    public void Sgd(string name, bool nesterov) =>
        Steps(name, 4, (d, step, g, w, m, _) => d.Sgd(GoldenCases.Sgd with { Nesterov = nesterov }, g, w, m));

    [Fact]
    public void AdamW() => Steps("adamw", 8, (d, step, g, w, m, v) => d.AdamW(GoldenCases.AdamW(step), g, w, m, v));

    private static void Steps(string name, int roundings, Action<IBackend, int, Place, Place, Place, Place> update)
    {
        const int N = GoldenCases.SgdLength;
        for (int steps = 1; steps <= GoldenCases.SgdSteps; steps++)
        {
            var t = new OpBench<TDevice>();
            Place w = t.State(Seeded.Floats("sgd/w", N)), m = t.State(new float[N]), v = t.State(new float[N]);
            Place[] gradients = [.. Enumerable.Range(0, steps).Select(step => t.Source(Seeded.Floats($"sgd/g {step}", N)))];
            t.Run(d =>
            {
                for (int step = 1; step <= gradients.Length; step++)
                    update(d, step, gradients[step - 1], w, m, v);
            });
            Is(Ops, $"{name}/w after {steps}", Tolerance.Element(roundings * steps, 2), t.Floats(w));
        }
    }

    /// <summary>Samples within the tolerance, and both sums within what the tolerance of each element adds up to at most.</summary>
    private static void Is(GoldenFile file, string name, Tolerance tolerance, float[] actual)
    {
        GoldenTensor golden = file.Tensors[name];
        Assert.Equal(golden.Count, actual.Length);
        Close.Within(tolerance, golden.Samples, [.. GoldenFile.SampleIndices(actual.Length).Select(i => actual[i])],
            $"{TDevice.Name}, samples of {name}");
        double norm = Math.Sqrt(golden.SumSquares), root = Math.Sqrt(actual.Length);
        // The errors of the elements are independent in sign: their sum grows as the root of the count.
        double ofSum = tolerance.Absolute * root + tolerance.Relative * norm;
        Close.Within(new Tolerance(ofSum, Tolerance.Unit), golden.Sum, actual.Sum(v => (double)v), $"{TDevice.Name}, sum of {name}");
        Close.Within(new Tolerance(2 * norm * ofSum, Tolerance.Unit), golden.SumSquares, actual.Sum(v => (double)v * v),
            $"{TDevice.Name}, sum of squares of {name}");
    }

    private static GoldenFile Read(string name) => GoldenFile.Read(Path.Combine(AppContext.BaseDirectory, "Golden", name));
}
