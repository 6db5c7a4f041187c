using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Ops.Sgd;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.SoftmaxLoss;

namespace Smile.Kernels.Tests.Golden;

/// <summary>The other cases of the golden files: shapes and inputs are defined here once, for the tests and for TorchSharp.</summary>
internal static class GoldenCases
{
    /// <summary>Batch norm: rows = 2 images of 3 x 5 pixels, 7 channels; PyTorch's momentum and epsilon.</summary>
    public static NormShape Norm { get; } = new(2 * 3 * 5, 7, NormMode.Batch, Momentum: 0.1f, Epsilon: 1e-5f);

    /// <summary>Batch, height and width of <see cref="Norm"/>.</summary>
    public static (int Batch, int Height, int Width) NormImage => (2, 3, 5);

    /// <summary>The masked loss, mean over pixels.</summary>
    public static MaskedBceShape Bce { get; } = new(77, 5, 1f / 77);

    /// <summary>Masked losses of the pixels and of the regions: cross-entropy and Dice, focal and Tversky.</summary>
    public static IReadOnlyDictionary<string, MaskedLossShape> MaskedLosses { get; } = new Dictionary<string, MaskedLossShape>
    {
        ["bce"] = MaskedLoss(new(1, PerKnown: true)),
        ["bce+dice"] = MaskedLoss(new(1, PerKnown: true, RegionWeight: 1)),
        ["focal+tversky"] = MaskedLoss(new(1, FocalGamma: 2, RegionWeight: 0.5f, Alpha: 0.3f, Beta: 0.7f)),
    };

    /// <summary>The organs annotated in each image of <see cref="MaskedLosses"/>; the last organ is in none.</summary>
    public static IReadOnlyList<uint> Annotated { get; } = [0b00011, 0b00110, 0b01001];

    /// <summary>The baseline's loss, mean over pixels.</summary>
    public static SoftmaxShape Softmax { get; } = new(77, 4, 1f / 77);

    /// <summary>Labels of <see cref="Softmax"/>: classes and, for a fifth of the pixels, the ignore label.</summary>
    public static uint[] SoftmaxLabels() =>
        [.. Seeded.Words("softmax/labels", Softmax.Pixels).Select(w => w % 5 == 4 ? SoftmaxShape.Ignored : w % 5)];

    /// <summary>The baseline's other losses, with the labels of <see cref="Softmax"/>.</summary>
    public static IReadOnlyDictionary<string, SoftmaxLossShape> SoftmaxLosses { get; } = new Dictionary<string, SoftmaxLossShape>
    {
        ["bce+dice"] = SoftmaxLoss(new(1, PerKnown: true, RegionWeight: 1)),
        ["focal+tversky"] = SoftmaxLoss(new(1, FocalGamma: 2, RegionWeight: 0.5f, Alpha: 0.3f, Beta: 0.7f)),
    };

    /// <summary>Logits from -range to range.</summary>
    public static float[] Logits(string name, int count, float range) => [.. Seeded.Floats(name, count).Select(z => z * range)];

    /// <summary>Uniform in [0.5, 1.5): a variance.</summary>
    public static float[] Positive(string name, int count) => [.. Seeded.Floats(name, count).Select(v => 1 + v / 2)];

    /// <summary>Learning rate, momentum, weight decay; gradients change from step to step.</summary>
    public static SgdRate Sgd { get; } = new(0.05f, 0.9f, 5e-4f);

    /// <summary>As PyTorch's AdamW; steps count from 1.</summary>
    public static AdamWRate AdamW(int step) => new(0.02f, 0.9f, 0.99f, 0.1f, step);

    /// <summary>Weights and steps of the optimisers' cases.</summary>
    public const int SgdLength = 37, SgdSteps = 5;

    private static MaskedLossShape MaskedLoss(LossTerms terms) => new(3, 29, 5, terms);

    private static SoftmaxLossShape SoftmaxLoss(LossTerms terms) => new(Softmax.Pixels, Softmax.Classes, terms);
}
