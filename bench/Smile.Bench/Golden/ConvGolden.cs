using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace Smile.Bench.Golden;

/// <summary>y, dx, dw and dbias of every named convolution.</summary>
internal static class ConvGolden
{
    public static void Add(GoldenFile file)
    {
        foreach ((string name, ConvShape s) in ConvCases.All)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = Images.Leaf(Images.Seeded($"{name}/x", s.Batch, s.Height, s.Width, s.InChannels));
            Tensor rsio = Images.Of(Seeded.Floats($"{name}/w", s.WeightCount), s.Kernel, s.Kernel, s.InChannels, s.OutChannels);
            Tensor w = Images.Leaf(rsio.permute(3, 2, 0, 1).contiguous());
            Tensor bias = Images.Leaf(Images.Of(Seeded.Floats($"{name}/bias", s.OutChannels), s.OutChannels));
            Tensor y = nn.functional.conv2d(x, w, bias, [s.Stride, s.Stride], [s.Pad, s.Pad], [s.Dilation, s.Dilation]);
            y.backward([Images.Seeded($"{name}/dy", s.Batch, s.OutHeight, s.OutWidth, s.OutChannels)]);
            file.Add($"{name}/y", Images.ToNhwc(y));
            file.Add($"{name}/dx", Images.ToNhwc(x.grad!));
            file.Add($"{name}/dw", Images.Numbers(w.grad!.permute(2, 3, 1, 0)));
            file.Add($"{name}/dbias", Images.Numbers(bias.grad!));
        }
    }
}
