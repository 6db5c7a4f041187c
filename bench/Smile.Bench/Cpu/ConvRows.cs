using System.Globalization;
using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Tests.Golden;

namespace Smile.Bench.Cpu;

/// <summary>Convolutions of the networks measured, three passes each.</summary>
internal static class ConvRows
{
    /// <summary>
    /// Relative root mean square difference that two float32 results may have: Winograd's error is 1e-6 to 1e-5 (docs/numerics.md).
    /// </summary>
    private const double Tolerance = 1e-3;

    private static readonly ConvShape[] _shapes =
    [
        new(4, 64, 64, 64, 64, 3, Pad: 1),
        new(4, 32, 32, 128, 128, 3, Pad: 1),
        new(4, 64, 64, 64, 256, 1),
        new(4, 32, 32, 256, 256, 3, Dilation: 2, Pad: 2),
        new(4, 32, 32, 512, 512, 3, Dilation: 4, Pad: 4),
        new(4, 32, 32, 2048, 256, 3, Dilation: 12, Pad: 12),
        new(4, 96, 96, 16, 16, 3, Pad: 1),
        new(4, 256, 256, 1, 64, 7, Stride: 2, Pad: 3),
        new(4, 64, 64, 304, 256, 3, Pad: 1), // DeepLab v3+ at stride 4
        new(4, 128, 128, 128, 64, 3, Pad: 1), // a U-Net at stride 2
    ];

    public static void Add(Measurement to)
    {
        foreach (ConvShape shape in _shapes.Where(shape => to.Wants(SmileConv.Name(shape))))
        {
            using IDisposable? scope = Libtorch.Scope();
            float[] x = Seeded.Floats("x", shape.InputCount), w = Seeded.Floats("w", shape.WeightCount),
                dy = Seeded.Floats("dy", shape.OutputCount);
            SmileConv[] smile = [.. Measurement.Threads.Select(threads => new SmileConv(new SimdBackend(threads), shape, x, w, dy))];
            TorchConv[] torch = scope is null ? [] : [new(shape, x, w, dy, channelsLast: false), new(shape, x, w, dy, channelsLast: true)];
            foreach (ConvPass pass in Enum.GetValues<ConvPass>())
                Add(to, shape, pass, smile, torch);
            foreach (SmileConv side in smile)
                side.Dispose();
        }
    }

    private static void Add(Measurement to, ConvShape shape, ConvPass pass, SmileConv[] smile, TorchConv[] torch)
    {
        string name = SmileConv.Name(shape);
        float[][] results = [.. smile.Select(side => side.Result(pass))];
        to.Compare($"{name}, {pass}", results);
        foreach ((int layout, TorchConv side) in torch.Index())
            if (Difference(results[0], side.Result(pass)) is var difference && !(difference <= Tolerance))
                to.Notes.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{name}, {pass}: libtorch's result ({(layout == 0 ? "NCHW" : "channels_last")}) differs from Smile's by "
                        + $"{difference:E1} of its root mean square. Smile's is tested against float64."));
        var contenders = new List<Contender>();
        foreach ((int i, int threads) in Measurement.Threads.Index())
        {
            contenders.Add(new Contender(Side.Smile, threads, () => smile[i].Run(pass)));
            foreach ((int layout, TorchConv side) in torch.Index())
                contenders.Add(new Contender(layout == 0 ? Side.Nchw : Side.Nhwc, threads, () => side.Run(pass)));
        }

        to.Add(RowKind.Convolution, name, pass.ToString(), shape.Flops, smile[0].Algorithm(pass), contenders);
    }

    private static double Difference(float[] ours, float[] theirs)
    {
        double square = 0, norm = 0;
        for (int i = 0; i < ours.Length; i++)
            (square, norm) = (square + Math.Pow((double)ours[i] - theirs[i], 2), norm + Math.Pow(ours[i], 2));
        return Math.Sqrt(square / norm);
    }
}
