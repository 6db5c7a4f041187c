using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.Sgd;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.SoftmaxLoss;
using Smile.Kernels.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace Smile.Bench.Golden;

/// <summary>The other operations that torch has too.</summary>
internal static class OpGolden
{
    public static void Add(GoldenFile file)
    {
        using DisposeScope scope = NewDisposeScope();
        Norm(file);
        MaxPool(file);
        Resize(file);
        Bce(file);
        Softmax(file);
        MaskedLosses(file);
        SoftmaxLosses(file);
        Optimisers(file);
    }

    private static void Norm(GoldenFile file)
    {
        NormShape s = GoldenCases.Norm;
        (int n, int h, int w) = GoldenCases.NormImage;
        int c = s.Channels;
        foreach (bool training in (bool[])[true, false])
        {
            string mode = training ? "batch" : "running";
            Tensor x = Images.Leaf(Images.Seeded("norm/x", n, h, w, c)), residual = Images.Leaf(Images.Seeded("norm/residual", n, h, w, c));
            Tensor gamma = Images.Leaf(Images.Of(Seeded.Floats("norm/gamma", c), c)),
                beta = Images.Leaf(Images.Of(Seeded.Floats("norm/beta", c), c));
            Tensor mean = Images.Of(Seeded.Floats("norm/running mean", c), c),
                variance = Images.Of(GoldenCases.Positive("norm/running variance", c), c);
            Tensor y = nn.functional.relu(nn.functional.batch_norm(x, mean, variance, gamma, beta, training, s.Momentum, s.Epsilon)
                + residual);
            y.backward([Images.Seeded("norm/dy", n, h, w, c)]);
            file.Add($"norm {mode}/y", Images.ToNhwc(y));
            file.Add($"norm {mode}/running mean", Images.Numbers(mean));
            file.Add($"norm {mode}/running variance", Images.Numbers(variance));
            file.Add($"norm {mode}/dx", Images.ToNhwc(x.grad!));
            file.Add($"norm {mode}/dresidual", Images.ToNhwc(residual.grad!));
            file.Add($"norm {mode}/dgamma", Images.Numbers(gamma.grad!));
            file.Add($"norm {mode}/dbeta", Images.Numbers(beta.grad!));
        }
    }

    private static void MaxPool(GoldenFile file)
    {
        foreach ((string name, PoolShape s) in PoolCases.All)
        {
            Tensor x = Images.Leaf(Images.Seeded($"{name}/x", s.Batch, s.Height, s.Width, s.Channels));
            Tensor y = nn.functional.max_pool2d(x, [s.Kernel, s.Kernel], [s.Stride, s.Stride], [s.Pad, s.Pad]);
            y.backward([Images.Seeded($"{name}/dy", s.Batch, s.OutHeight, s.OutWidth, s.Channels)]);
            file.Add($"{name}/y", Images.ToNhwc(y));
            file.Add($"{name}/dx", Images.ToNhwc(x.grad!));
        }
    }

    private static void Resize(GoldenFile file)
    {
        foreach ((string name, ResizeShape s) in ResizeCases.All)
        {
            Tensor x = Images.Leaf(Images.Seeded($"{name}/x", s.Batch, s.Height, s.Width, s.Channels));
            Tensor y = nn.functional.interpolate(x, size: [s.OutHeight, s.OutWidth], mode: InterpolationMode.Bilinear,
                align_corners: false);
            y.backward([Images.Seeded($"{name}/dy", s.Batch, s.OutHeight, s.OutWidth, s.Channels)]);
            file.Add($"{name}/y", Images.ToNhwc(y));
            file.Add($"{name}/dx", Images.ToNhwc(x.grad!));
        }
    }

    private static void Bce(GoldenFile file)
    {
        (int pixels, int organs, float scale) = GoldenCases.Bce;
        Tensor Bits(string name) => Images.Bits(Seeded.Words(name, pixels), organs);
        Tensor z = Images.Leaf(Images.Of(GoldenCases.Logits("bce/logits", pixels * organs, 30), pixels, organs)), known = Bits("bce/known");
        Tensor loss = nn.functional.binary_cross_entropy_with_logits(z, Bits("bce/organ"), known, nn.Reduction.None);
        (loss.sum() * (double)scale).backward();
        file.Add("bce/loss sums", Images.Numbers(loss.sum(dim: 0)));
        file.Add("bce/known counts", Images.Numbers(known.sum(dim: 0)));
        file.Add("bce/dlogits", Images.Numbers(z.grad!));
    }

    private static void Softmax(GoldenFile file)
    {
        (int pixels, int classes, float scale) = GoldenCases.Softmax;
        long[] labels = [.. GoldenCases.SoftmaxLabels().Select(l => l == SoftmaxShape.Ignored ? -1L : l)];
        Tensor z = Images.Leaf(Images.Of(GoldenCases.Logits("softmax/logits", pixels * classes, 30), pixels, classes));
        Tensor loss = nn.functional.cross_entropy(z, tensor(labels), ignore_index: -1, reduction: nn.Reduction.Sum);
        (loss * (double)scale).backward();
        file.Add("softmax/loss sum", Images.Numbers(loss));
        file.Add("softmax/dlogits", Images.Numbers(z.grad!));
    }

    private static void MaskedLosses(GoldenFile file)
    {
        foreach ((string name, MaskedLossShape s) in GoldenCases.MaskedLosses)
        {
            int pixels = (int)s.AllPixels;
            Tensor Bits(string of) => Images.Bits(Seeded.Words($"masked loss/{of}", pixels), s.Organs).reshape(s.Batch, s.Pixels, s.Organs);
            Tensor z = Images.Leaf(Images.Of(GoldenCases.Logits("masked loss/logits", (int)s.Count, 10), s.Batch, s.Pixels, s.Organs));
            Tensor y = Bits("organ"), w = Bits("known"),
                annotated = Images.Bits([.. GoldenCases.Annotated], s.Organs).reshape(s.Batch, 1, s.Organs);
            (Tensor parts, Tensor value) = MaskedLoss(s.Terms, z, y, w, annotated);
            value.backward();
            file.Add($"masked loss {name}/sums", Images.Numbers(parts));
            file.Add($"masked loss {name}/value", Images.Numbers(value.reshape(1)));
            file.Add($"masked loss {name}/dlogits", Images.Numbers(z.grad!));
        }
    }

    /// <summary>Sums of loss, true positives, false positives, false negatives of each organ, and what is minimised.</summary>
    private static (Tensor Parts, Tensor Value) MaskedLoss(LossTerms terms, Tensor z, Tensor y, Tensor w, Tensor annotated)
    {
        Tensor p = sigmoid(z), region = w * annotated;
        Tensor crossEntropy = nn.functional.binary_cross_entropy_with_logits(z, y, reduction: nn.Reduction.None);
        Tensor loss = w * (1 - (y * p + (1 - y) * (1 - p))).pow((double)terms.FocalGamma) * crossEntropy;
        Tensor truePositives = (region * p * y).sum([0, 1]), falsePositives = (region * p * (1 - y)).sum([0, 1]),
            falseNegatives = (region * (1 - p) * y).sum([0, 1]);
        double divisor = terms.PerKnown ? w.sum().ToDouble() : z.shape[0] * z.shape[1], half = terms.Smooth / 2.0;
        Tensor index = (truePositives + half) / (truePositives + (double)terms.Alpha * falsePositives + (double)terms.Beta * falseNegatives
            + half);
        Tensor present = region.sum([0, 1]) > 0;
        Tensor value = (double)terms.PixelWeight * loss.sum() / divisor + (double)terms.RegionWeight * (1 - index[present]).mean();
        return (stack([loss.sum([0, 1]), truePositives, falsePositives, falseNegatives], 1), value);
    }

    private static void SoftmaxLosses(GoldenFile file)
    {
        foreach ((string name, SoftmaxLossShape s) in GoldenCases.SoftmaxLosses)
        {
            long[] labels = [.. GoldenCases.SoftmaxLabels().Select(l => l == SoftmaxShape.Ignored ? -1L : l)];
            Tensor z = Images.Leaf(Images.Of(GoldenCases.Logits("softmax/logits", (int)s.Count, 10), s.Pixels, s.Classes));
            (Tensor parts, Tensor value) = SoftmaxLoss(s.Terms, z, tensor(labels));
            value.backward();
            file.Add($"softmax loss {name}/sums", Images.Numbers(parts));
            file.Add($"softmax loss {name}/value", Images.Numbers(value.reshape(1)));
            file.Add($"softmax loss {name}/dlogits", Images.Numbers(z.grad!));
        }
    }

    /// <summary>As of <see cref="MaskedLoss"/>, of classes.</summary>
    private static (Tensor Parts, Tensor Value) SoftmaxLoss(LossTerms terms, Tensor z, Tensor labels)
    {
        Tensor used = labels.ge(0).to(float64).unsqueeze(1), p = nn.functional.softmax(z, 1);
        Tensor y = used * nn.functional.one_hot(labels.clamp(0), z.shape[1]).to(float64);
        Tensor loss = (y * (1 - p).pow((double)terms.FocalGamma) * -p.log()).sum(dim: 0);
        Tensor truePositives = (y * p).sum(dim: 0), falsePositives = ((used - y) * p).sum(dim: 0);
        Tensor falseNegatives = (y * (1 - p)).sum(dim: 0);
        double divisor = terms.PerKnown ? used.sum().ToDouble() : z.shape[0], half = terms.Smooth / 2.0;
        Tensor index = (truePositives + half) / (truePositives + (double)terms.Alpha * falsePositives + (double)terms.Beta * falseNegatives
            + half);
        Tensor value = (double)terms.PixelWeight * loss.sum() / divisor
            + (double)terms.RegionWeight * (1 - index[TensorIndex.Slice(1)]).mean();
        return (stack([loss, truePositives, falsePositives, falseNegatives], 1), value);
    }

    private static void Optimisers(GoldenFile file)
    {
        const int N = GoldenCases.SgdLength;
        SgdRate sgd = GoldenCases.Sgd;
        AdamWRate adam = GoldenCases.AdamW(1);
        Steps("sgd", w => optim.SGD([w], (double)sgd.LearningRate, (double)sgd.Momentum, weight_decay: (double)sgd.WeightDecay));
        Steps("nesterov", w => optim.SGD([w], (double)sgd.LearningRate, (double)sgd.Momentum, weight_decay: (double)sgd.WeightDecay,
            nesterov: true));
        Steps("adamw", w => optim.AdamW([w], (double)adam.LearningRate, (double)adam.Beta1, (double)adam.Beta2, (double)adam.Epsilon,
            (double)adam.WeightDecay));

        void Steps(string name, Func<TorchSharp.Modules.Parameter, optim.Optimizer> open)
        {
            var weight = new TorchSharp.Modules.Parameter(Images.Of(Seeded.Floats("sgd/w", N), N));
            using optim.Optimizer optimiser = open(weight);
            for (int step = 0; step < GoldenCases.SgdSteps; step++)
            {
                optimiser.zero_grad();
                (weight * Images.Of(Seeded.Floats($"sgd/g {step}", N), N)).sum().backward();
                optimiser.step();
                file.Add($"{name}/w after {step + 1}", Images.Numbers(weight));
            }
        }
    }
}
