using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;
using Smile.PtxEmulator.Counters;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>Convolutions at the borders of their tiles: which kernel takes a shape, and that it agrees with the scalar reference.</summary>
public sealed class ConvTileTests
{
    /// <summary>
    /// The shape, and the kernels of forward, input gradient and weight gradient; none: that pass is left out, as it would take long.
    /// </summary>
    private static readonly Dictionary<string, (ConvShape Shape, string[] Kernels)> _cases = new()
    {
        // Large tiles need 128 groups: 46 rows of 178 columns are 64 tiles of pixels, 136 channels are two of channels.
        ["large tiles, forward"] = (new(1, 46, 178, 8, 136, 3, Dilation: 2, Pad: 2), ["ConvForward128", "", ""]),
        ["large tiles, input gradient with stride"] = (new(1, 46, 178, 136, 8, 3, 2, 1, 1), ["", "ConvBackInput128", ""]),
        ["two tiles of channels"] = (new(2, 9, 8, 72, 68, 1), ["ConvForward64", "ConvBackInputAny", "ConvBackWeight128"]),
        ["stride and dilation"] = (new(1, 13, 11, 16, 72, 3, 2, 2, 2), ["ConvForward64", "ConvBackInput64", "ConvBackWeight128"]),
        ["rows shorter than a step"] = (new(2, 5, 3, 16, 8, 3, Pad: 1), ["ConvForward64", "ConvBackInput64", "ConvBackWeight64"]),
        ["columns of one"] = (new(3, 19, 1, 8, 16, 3, 1, 1, 1), ["ConvForward64", "ConvBackInput64", "ConvBackWeight64"]),
        ["images of one pixel"] = (new(21, 1, 1, 80, 72, 3, 1, 1, 1), ["ConvForward64", "ConvBackInput64", "ConvBackWeight128"]),
        ["images smaller than a step"] = (new(11, 2, 2, 8, 8, 3, 1, 1, 1), ["ConvForward64", "ConvBackInput64", "ConvBackWeight64"]),
        ["padding beyond the kernel's reach"] = (new(1, 3, 4, 8, 8, 3, 1, 1, 5), ["ConvForward64", "ConvBackInput64", "ConvBackWeight64"]),
        ["stem, tiles overhang"] = (new(2, 19, 35, 1, 72, 7, 2, 1, 3), ["ConvStemForward", "", "ConvStemBackWeight"]),
        ["stem, padding beyond the kernel's reach"] = (new(1, 9, 8, 3, 8, 7, 2, 1, 9), ["ConvStemForward", "", "ConvStemBackWeight"]),
        ["stem of one pixel"] = (new(1, 7, 7, 4, 4, 7, 2), ["ConvStemForward", "", "ConvStemBackWeight"]),
        // 12 tiles of the result: 43 splits for 48 tiles of pixels
        ["stem, several tiles a split"] = (new(1, 95, 127, 4, 132, 7, 2, 1, 3), ["", "", "ConvStemBackWeight"]),
        ["stem, no float4s"] = (new(1, 9, 8, 1, 6, 7, 2, 1, 3), ["ConvForwardAny", "ConvBackInputAny", "ConvBackWeightAny"]),
        ["stem, five channels"] = (new(1, 9, 8, 5, 8, 7, 2, 1, 3), ["ConvForwardAny", "ConvBackInputAny", "ConvBackWeightAny"]),
        ["float4s, but not eights"] = (new(1, 9, 7, 12, 20, 3, 1, 1, 1), ["ConvForwardAny", "ConvBackInputAny", "ConvBackWeight64"]),
        // Depths of 360 and 387: splits of 72 and a rest; the last step of the second is no whole one.
        ["a head, its depth split"] = (new(1, 9, 7, 40, 3, 3, 1, 6, 6), ["ConvForwardAny", "ConvBackInputAny", "ConvBackWeightAny"]),
        ["odd channels, depth split"] = (new(2, 9, 7, 43, 70, 3, 1, 1, 1), ["ConvForwardAny", "ConvBackInputAny", "ConvBackWeightAny"]),
        // Depths of 648 and 1224, of which a tap has 9 and 17 steps: splits begin within taps.
        ["float4s, depth split"] = (new(1, 9, 7, 72, 136, 3, 1, 2, 2), ["ConvForward64", "ConvBackInput64", ""]),
        ["float4s, depth split, stride 2"] = (new(1, 9, 8, 72, 136, 3, 2, 1, 1), ["ConvForward64", "ConvBackInput64", ""]),
        ["no float4s"] = (new(1, 9, 7, 8, 6, 3, 1, 1, 1), ["ConvForwardAny", "ConvBackInputAny", "ConvBackWeightAny"]),
    };

    /// <summary>The kernels and grids that the planner says for the passes that are run.</summary>
    private static IEnumerable<(string Kernel, int GridX, int GridY)> Planned(ConvShape shape, string[] kernels)
    {
        var planner = new GpuConvPlanner(GpuKernel.LargestGroup, Precision.Fp32, () => 0);
        return Enum.GetValues<ConvPass>().Where(pass => kernels[(int)pass] != "")
            .Select(pass => planner.Plan(shape, pass, ConvAlignment.All))
            .Select(plan => ($"Kernel_{plan.Kernel.Name}", plan.GridX, plan.GridY));
    }

    public static TheoryData<string> Names => new(_cases.Keys);

    [Theory, MemberData(nameof(Names))]
    public void Each_pass_agrees_with_the_scalar_reference(string name)
    {
        (ConvShape s, string[] kernels) = _cases[name];
        foreach (Into into in Enum.GetValues<Into>())
        {
            var run = new Comparison();
            Place x = run.Source("x", s.InputCount), w = run.Source("w", s.WeightCount), bias = run.Source("bias", s.OutChannels),
                dy = run.Source("dy", s.OutputCount), y = run.Result(s.OutputCount);
            Place dx = Gradient("dx", s.InputCount), dw = Gradient("dw", s.WeightCount);
            Assert.Null(run.Difference(b =>
            {
                if (kernels[0] != "")
                    b.ConvForward(s, x, w, bias, y);
                if (kernels[1] != "")
                    b.ConvBackInput(s, dy, w, dx, into);
                if (kernels[2] != "")
                    b.ConvBackWeight(s, x, dy, dw, into);
            }));
            LaunchReport[] launched = [.. run.Launches
                .Where(l => l.Kernel.StartsWith("Kernel_Conv", StringComparison.Ordinal) && l.Kernel != "Kernel_ConvSumSplitK")];
            Assert.Equal(kernels.Where(k => k != "").Select(k => $"Kernel_{k}"), launched.Select(l => l.Kernel));
            Assert.Equal(Planned(s, kernels), launched.Select(l => (l.Kernel, (int)l.Grid.X, (int)l.Grid.Y)));

            Place Gradient(string gradient, long length) => into == Into.Set ? run.Result(length) : run.State(gradient, length);
        }
    }
}
