using Smile.Kernels.Backend;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Tests;
using Smile.Kernels.Tests.Golden;
using Smile.Net;
using Smile.Net.Graph;
using Smile.Net.Models;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>Tensors that are packed for tensor cores where they are made, not where they are used.</summary>
public sealed class PackedTests
{
    [Theory]
    [InlineData(37, 24, NormMode.Batch)]
    [InlineData(130, 80, NormMode.Running)]
    public void Norm_writes_what_it_makes_once_more_in_pairs(int rows, int channels, NormMode mode)
    {
        var shape = new NormShape(rows, channels, mode, Relu: true);
        var t = new OpBench<EmulatedBf16>();
        Place x = Source("x"), residual = Source("residual"), dy = Source("dy"), y = t.Result(shape.Count), dx = t.Result(shape.Count),
            packed = t.Result(shape.Count / 2), packedDx = t.Result(shape.Count / 2), dgamma = t.Result(channels),
            dbeta = t.Result(channels);
        var places = new NormPlaces(Channel("gamma"), Channel("beta"), Channel("mean"), t.State(Enumerable.Repeat(2f, channels).ToArray()),
            t.Result(channels), t.Result(channels));
        t.Run(d =>
        {
            d.NormForward(shape, x, residual, places, y, packed);
            d.NormBackward(shape, x, y, dy, places, dx, Into.Set, Place.None, Into.Set, dgamma, dbeta, packedDx);
        });
        Assert.Equal(Pairs(t.Floats(y)), t.Words(packed));
        Assert.Equal(Pairs(t.Floats(dx)), t.Words(packedDx));

        Place Source(string name) => t.Source(Seeded.Floats(name, shape.Count));

        Place Channel(string name) => t.State(Seeded.Floats(name, channels));
    }

    [Fact]
    public void Norm_refuses_to_pack_what_it_adds_to()
    {
        var shape = new NormShape(3, 8, NormMode.Running);
        var t = new OpBench<EmulatedBf16>();
        Place x = t.Result(24), y = t.Result(24), dy = t.Result(24), dx = t.Result(24), dgamma = t.Result(8), dbeta = t.Result(8);
        var places = new NormPlaces(t.Result(8), t.Result(8), t.Result(8), t.Result(8), t.Result(8), t.Result(8));
        Place packed = t.Result(12), tooLong = t.Result(13);
        t.Refuses("adds", d => d.NormBackward(shape, x, y, dy, places, dx, Into.Add, Place.None, Into.Set, dgamma, dbeta, packed));
        t.Refuses("length", d => d.NormForward(shape, x, Place.None, places, y, tooLong));
    }

    /// <summary>What is not packed is NaN here, so it is not read.</summary>
    [Fact]
    public void Convolutions_read_the_packed_tensors_to_the_same_bits()
    {
        ConvShape shape = new(2, 5, 6, 16, 24, 3, Pad: 1);
        float[] x = Seeded.Floats("x", shape.InputCount), dy = Seeded.Floats("dy", shape.OutputCount),
            w = Seeded.Floats("w", shape.WeightCount);
        Assert.Equal(Run(packs: false), Run(packs: true));

        float[] Run(bool packs)
        {
            var t = new OpBench<EmulatedBf16>();
            Place px = t.Source(Given(x)), pdy = t.Source(Given(dy)), pw = t.Source(w), y = t.Result(dy.Length), dx = t.Result(x.Length),
                dw = t.Result(w.Length);
            Place packedX = packs ? t.Source(Pairs(x)) : Place.None, packedDy = packs ? t.Source(Pairs(dy)) : Place.None;
            t.Run(d =>
            {
                d.ConvForward(shape, px, pw, Place.None, y, packedX);
                d.ConvBackInput(shape, pdy, pw, dx, Into.Set, packedDy);
                d.ConvBackWeight(shape, px, pdy, dw, Into.Set, packedX, packedDy);
            });
            Assert.DoesNotContain(float.NaN, t.Floats(dw));
            return [.. t.Floats(y), .. t.Floats(dx), .. t.Floats(dw)];

            float[] Given(float[] values) => packs ? [.. values.Select(_ => float.NaN)] : values;
        }
    }

    [Fact]
    public void A_training_step_has_the_same_bits_and_fewer_launches()
    {
        (float[] packed, long few) = Step(packs: true);
        (float[] plain, long many) = Step(packs: false);
        Assert.Equal(plain, packed);
        Assert.True(few <= many - 30, $"{few} launches where what is made is packed, {many} where it is not");

        static (float[] Weights, long Launches) Step(bool packs)
        {
            GpuBackend backend = EmulatedCuda.Backend(8, 0, seed: 1, Precision.Bf16, packs: packs);
            using var network = new Network(new ModelSettings(), 1, 32, 32, 1, 3, NetworkUse.Training, backend);
            network.Initialise(new Rng(1));
            backend.Write(network.Images, Seeded.Floats("image", 32 * 32));
            network.Forward(training: true);
            backend.Write(network.LogitsGradient, Seeded.Floats("dlogits", network.LogitsGradient.Length));
            network.Backward();
            network.Update(0.1f, 10, 0.9f, 5e-4f);
            long launches = backend.Launches.Kernels;
            return ([.. network.Parameters.SelectMany(p => p.Read(backend, p.Value))], launches);
        }
    }

    private static uint[] Pairs(float[] values) => [.. values.Chunk(2).Select(two => Bf16x4.Pair(two[0], two[1]))];
}
