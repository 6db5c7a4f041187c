using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
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
        Sgd(file);
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
            Tensor gamma = Images.Leaf(Images.Of(Seeded.Floats("norm/gamma", c), c)), beta = Images.Leaf(Images.Of(Seeded.Floats("norm/beta", c), c));
            Tensor mean = Images.Of(Seeded.Floats("norm/running mean", c), c), variance = Images.Of(GoldenCases.Positive("norm/running variance", c), c);
            Tensor y = nn.functional.relu(nn.functional.batch_norm(x, mean, variance, gamma, beta, training, s.Momentum, s.Epsilon) + residual);
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
            Tensor y = nn.functional.interpolate(x, size: [s.OutHeight, s.OutWidth], mode: InterpolationMode.Bilinear, align_corners: false);
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

    private static void Sgd(GoldenFile file)
    {
        const int N = GoldenCases.SgdLength;
        (float rate, float momentum, float decay, _, _) = GoldenCases.Sgd;
        var weight = new TorchSharp.Modules.Parameter(Images.Of(Seeded.Floats("sgd/w", N), N));
        using optim.Optimizer optimiser = optim.SGD([weight], (double)rate, momentum, weight_decay: decay);
        for (int step = 0; step < GoldenCases.SgdSteps; step++)
        {
            optimiser.zero_grad();
            (weight * Images.Of(Seeded.Floats($"sgd/g {step}", N), N)).sum().backward();
            optimiser.step();
            file.Add($"sgd/w after {step + 1}", Images.Numbers(weight));
        }
    }
}
