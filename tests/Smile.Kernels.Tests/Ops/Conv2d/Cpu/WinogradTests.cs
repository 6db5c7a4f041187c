using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Tests.Simd;

namespace Smile.Kernels.Tests.Ops.Conv2d.Cpu;

/// <summary>
/// Winograd's algorithms on shapes that take every path: several blocks and parts of tiles, several parts of channels, by panels.
/// </summary>
public sealed class WinogradTests
{
    public static TheoryData<int, string, ConvShape> Shapes
    {
        get
        {
            var data = new TheoryData<int, string, ConvShape>();
            foreach (int tile in (int[])[2, 4])
            {
                data.Add(tile, "several blocks of tiles, and of a part", new(2, 118, 121, 3, 18, 3, Pad: 1));
                data.Add(tile, "by panels, several parts of channels", new(1, 5, 7, 290, 270, 3, Pad: 1));
                data.Add(tile, "atrous, two panels and a narrow one", new(2, 19, 23, 70, 75, 3, Dilation: 3, Pad: 2));
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Every_pass_agrees_with_the_implicit_gemm(int tile, string what, ConvShape shape) =>
        ConvSides.Agree(tile == 2 ? ConvAlgorithm.Winograd2 : ConvAlgorithm.Winograd4, shape, tile == 2 ? 8e-6 : 3e-5, what);

    [Fact]
    public void A_step_allocates_nothing()
    {
        using IBackend backend = new SimdBackend(2, convolution: ConvAlgorithm.Winograd4);
        var step = new TrainingStep();
        step.Prepare(backend);
        for (int i = 0; i < 3; i++)
            step.Run(backend);
        long before = GC.GetAllocatedBytesForCurrentThread();
        step.Run(backend);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
