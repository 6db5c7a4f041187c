using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Net;

namespace Smile.Bench.Cpu;

/// <summary>
/// Each algorithm of a convolution on the shapes of the networks, one thread, in turns within one process, by the thread's processor time:
/// the table that <see cref="ConvPlanner"/>'s rule was made from. The error is that of sampled elements against float64, relative to the
/// result's root mean square.
/// </summary>
internal static class ConvCommand
{
    private const int Samples = 400;

    private static readonly ConvShape[] Shapes =
    [
        new(4, 256, 256, 1, 64, 7, Stride: 2, Pad: 3),
        new(8, 96, 96, 1, 16, 3, Pad: 1),
        new(4, 64, 64, 64, 256, 1),
        new(4, 32, 32, 256, 1024, 1),
        new(4, 64, 64, 64, 128, 3, Stride: 2, Pad: 1),
        new(4, 64, 64, 64, 64, 3, Pad: 1),
        new(8, 32, 32, 64, 64, 3, Pad: 1),
        new(4, 32, 32, 128, 128, 3, Pad: 1),
        new(8, 16, 16, 128, 128, 3, Pad: 1),
        new(8, 16, 16, 256, 256, 3, Pad: 1),
        new(4, 32, 32, 256, 256, 3, Dilation: 2, Pad: 2),
        new(8, 16, 16, 256, 256, 3, Dilation: 2, Pad: 2),
        new(8, 16, 16, 512, 512, 3, Dilation: 2, Pad: 2),
        new(8, 16, 16, 512, 512, 3, Dilation: 4, Pad: 4),
        new(2, 32, 32, 512, 512, 3, Dilation: 4, Pad: 4),
        new(8, 16, 16, 512, 3, 3, Dilation: 6, Pad: 6),
        new(4, 32, 32, 2048, 256, 3, Dilation: 12, Pad: 12),
        new(8, 96, 96, 16, 16, 3, Pad: 1),
        new(8, 24, 24, 16, 16, 3, Pad: 1),
        new(8, 12, 12, 32, 32, 3, Pad: 1),
        new(8, 12, 12, 64, 64, 3, Dilation: 2, Pad: 2),
        new(8, 12, 12, 128, 128, 3, Dilation: 4, Pad: 4),
        new(8, 64, 64, 32, 16, 3, Pad: 1), // the U-Net decoder of tiny, at stride 2 and 4, and its classifier
        new(8, 64, 64, 16, 16, 3, Pad: 1),
        new(8, 32, 32, 48, 16, 3, Pad: 1),
        new(8, 64, 64, 16, 3, 1),
    ];

    /// <summary>Times the shapes whose name has <paramref name="text"/>.</summary>
    public static int Run(int repeats, string text)
    {
        var turns = new Turns(repeats);
        Print($"{"shape",-44} {"pass",-15} {"algorithm",-10} {"GFLOP/s",8} {"speed",6}  {"error rms",9} {"largest",9}");
        foreach (ConvShape shape in Shapes.Where(shape => SmileConv.Name(shape).Contains(text, StringComparison.Ordinal)))
        {
            var rng = new Rng(17);
            float[] x = Normal(rng, shape.InputCount), w = Normal(rng, shape.WeightCount), dy = Normal(rng, shape.OutputCount);
            ConvAlgorithm[] algorithms = Enum.GetValues<ConvAlgorithm>();
            SmileConv[] sides = [.. algorithms.Select(Forced)];
            SmileConv Forced(ConvAlgorithm algorithm) => new(new SimdBackend(threads: 1, convolution: algorithm), shape, x, w, dy);
            foreach (ConvPass pass in Enum.GetValues<ConvPass>())
            {
                int[] at = [.. Enumerable.Range(0, Samples).Select(_ => rng.Next(Length(shape, pass)))];
                double[] exact = [.. at.Select(i => Exact(shape, pass, i, x, w, dy))];
                int[] able = [.. Enumerable.Range(0, sides.Length).Where(i => algorithms[i].Supports(shape, pass))];
                (double Rms, double Largest)[] errors = [.. able.Select(i => Errors(sides[i].Result(pass), at, exact))];
                IReadOnlyList<Times> times = turns.Measure([.. able.Select(i => new Contender(Side.Smile, 1, () => sides[i].Run(pass)))]);
                for (int i = 0; i < able.Length; i++)
                {
                    double speed = shape.Flops / times[i].Median / 1e6, gain = times[0].Median / times[i].Median;
                    (double rms, double largest) = errors[i];
                    Print($"{SmileConv.Name(shape),-44} {pass,-15} {algorithms[able[i]],-10} {speed,8:F0} {gain,6:F2}  {rms,9:E1} ",
                        $"{largest,9:E1}");
                }
            }

            foreach (SmileConv side in sides)
                side.Dispose();
        }

        return 0;
    }

    private static float[] Normal(Rng rng, long count) => [.. Enumerable.Range(0, (int)count).Select(_ => (float)rng.Normal())];

    private static int Length(ConvShape s, ConvPass pass) =>
        (int)(pass switch { ConvPass.Forward => s.OutputCount, ConvPass.InputGradient => s.InputCount, _ => s.WeightCount });

    private static (double Rms, double Largest) Errors(float[] actual, int[] at, double[] exact)
    {
        double scale = Math.Sqrt(exact.Average(v => v * v));
        double[] errors = [.. at.Select((index, i) => Math.Abs(actual[index] - exact[i]) / scale)];
        return (Math.Sqrt(errors.Average(e => e * e)), errors.Max());
    }

    /// <summary>One element in float64.</summary>
    private static double Exact(ConvShape s, ConvPass pass, int index, float[] x, float[] w, float[] dy)
    {
        double sum = 0;
        void Products(int n, int p, int q, int r, int c, int i, int o, int ii, int oo)
        {
            int h = p * s.Stride - s.Pad + r * s.Dilation, v = q * s.Stride - s.Pad + c * s.Dilation;
            if (h < 0 || h >= s.Height || v < 0 || v >= s.Width || p < 0 || q < 0 || p >= s.OutHeight || q >= s.OutWidth)
                return;
            for (; i < ii; i++)
                for (int k = o; k < oo; k++)
                {
                    int xi = ((n * s.Height + h) * s.Width + v) * s.InChannels + i;
                    int yi = ((n * s.OutHeight + p) * s.OutWidth + q) * s.OutChannels + k;
                    int wi = ((r * s.Kernel + c) * s.InChannels + i) * s.OutChannels + k;
                    sum += pass switch
                    {
                        ConvPass.Forward => (double)x[xi] * w[wi],
                        ConvPass.InputGradient => (double)dy[yi] * w[wi],
                        _ => (double)x[xi] * dy[yi],
                    };
                }
        }

        if (pass == ConvPass.WeightGradient)
        {
            int o = index % s.OutChannels, i = index / s.OutChannels % s.InChannels, tap = index / s.OutChannels / s.InChannels;
            for (int n = 0; n < s.Batch; n++)
                for (int p = 0; p < s.OutHeight; p++)
                    for (int q = 0; q < s.OutWidth; q++)
                        Products(n, p, q, tap / s.Kernel, tap % s.Kernel, i, o, i + 1, o + 1);
            return sum;
        }

        bool forward = pass == ConvPass.Forward;
        (int height, int width, int channels) = forward ? (s.OutHeight, s.OutWidth, s.OutChannels) : (s.Height, s.Width, s.InChannels);
        int channel = index % channels, column = index / channels % width;
        int row = index / channels / width % height, image = index / channels / width / height;
        for (int r = 0; r < s.Kernel; r++)
            for (int c = 0; c < s.Kernel; c++)
            {
                int p = row + s.Pad - r * s.Dilation, q = column + s.Pad - c * s.Dilation;
                if (forward)
                    Products(image, row, column, r, c, 0, channel, s.InChannels, channel + 1);
                else if (p % s.Stride == 0 && q % s.Stride == 0)
                    Products(image, p / s.Stride, q / s.Stride, r, c, channel, 0, channel + 1, s.OutChannels);
            }

        return sum;
    }

    private static void Print(params FormattableString[] pieces) => Console.WriteLine(InvariantText.Of(pieces));
}
