using Smile.Kernels.Backend;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Gpu;

public sealed class ResizedBceGpuTests
{
    /// <summary>
    /// Partial sums that do not fit the workspace at once are taken in slices of rows; that changes no more than the order of few sums.
    /// </summary>
    [Fact]
    public void Slices_of_rows_give_what_one_slice_gives()
    {
        ResizedBceShape shape = new(2, 5, 4, 23, 19, 3, 1);
        (float[] losses, uint[] counts, float[] gradient) = Run(shape, ResizedBceGpu.WorkspaceWords);
        foreach (int workspace in (int[])[512, 1024])
        {
            (float[] l, uint[] c, float[] g) = Run(shape, workspace);
            Close.Within(Tolerance.SumOfPositives(shape.Pixels), losses, l, "losses");
            Assert.Equal(counts, c);
            Close.Within(Tolerance.Sum(100, 0.5), gradient, g, "dlogits");
        }

        Assert.Throws<ArgumentException>(() => Run(shape, 64));
    }

    private static (float[] Losses, uint[] Counts, float[] Gradient) Run(ResizedBceShape shape, int workspace)
    {
        using var backend = new GpuBackend(IlgpuRuntime.OpenCpu(), resizedBceWords: workspace);
        var plan = new ArenaPlan();
        Place logits = plan.Take(Arena.Activations, (int)shape.Count), dlogits = plan.Take(Arena.Activations, (int)shape.Count);
        Place organ = plan.Take(Arena.Batch, (int)shape.Pixels), known = plan.Take(Arena.Batch, (int)shape.Pixels);
        Place sums = plan.Take(Arena.Batch, shape.Organs), counts = plan.Take(Arena.Batch, shape.Organs);
        backend.Reserve(plan);
        backend.Write(logits, Seeded.Floats("slices/logits", shape.Count));
        backend.Write(organ, Seeded.Words("slices/organ", (int)shape.Pixels));
        backend.Write(known, Seeded.Words("slices/known", (int)shape.Pixels));
        backend.ResizedBce(shape, logits, organ, known, sums, counts, dlogits);
        (float[] Losses, uint[] Counts, float[] Gradient) result = (new float[shape.Organs], new uint[shape.Organs],
            new float[shape.Count]);
        backend.Read(sums, result.Losses);
        backend.Read(counts, result.Counts);
        backend.Read(dlogits, result.Gradient);
        return result;
    }
}
