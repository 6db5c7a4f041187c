using static TorchSharp.torch;

namespace Smile.Bench.Golden;

/// <summary>
/// Between this project's layouts, channels fastest, and torch's: (N, C, H, W) images and (O, I, K, K) weights. All float64.
/// </summary>
internal static class Images
{
    /// <summary>A tensor of given values.</summary>
    public static Tensor Of(float[] values, params long[] shape) => tensor(values).to(ScalarType.Float64).reshape(shape);

    /// <summary>Seeded (N, H, W, C) numbers as torch's (N, C, H, W).</summary>
    public static Tensor Seeded(string name, long n, long h, long w, long c) =>
        FromNhwc(Kernels.Tests.Golden.Seeded.Floats(name, n * h * w * c), n, h, w, c);

    /// <summary>(N, H, W, C) numbers as torch's (N, C, H, W).</summary>
    public static Tensor FromNhwc(float[] values, long n, long h, long w, long c) =>
        Of(values, n, h, w, c).permute(0, 3, 1, 2).contiguous();

    /// <summary>Torch's (N, C, H, W) as (N, H, W, C) numbers.</summary>
    public static double[] ToNhwc(Tensor t) => Numbers(t.permute(0, 2, 3, 1));

    /// <summary>The numbers in row order.</summary>
    public static double[] Numbers(Tensor t) => t.detach().contiguous().to(ScalarType.Float64).data<double>().ToArray();

    /// <summary>A leaf whose gradient will be asked for.</summary>
    public static Tensor Leaf(Tensor t) => t.detach().requires_grad_(true);

    /// <summary>The lowest bits of each word as numbers 0 and 1, (words, bits).</summary>
    public static Tensor Bits(uint[] words, int bits) =>
        Of([.. words.SelectMany(word => Enumerable.Range(0, bits).Select(k => (float)(word >> k & 1)))], words.Length, bits);
}
