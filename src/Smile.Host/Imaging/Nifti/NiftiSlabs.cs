using Smile.Net.Data;

namespace Smile.Host.Imaging.Nifti;

/// <summary>An image in slabs, front to back as the file has it: a gzip file is unpacked once.</summary>
internal sealed class NiftiSlabs(NiftiSource source) : ISlabReader
{
    private readonly NiftiRows<float> _rows = new(source, VoxelConversion.ToFloats(source.Header), NiftiReader.NoNumber);
    private readonly AxisWalk _walk = source.Order.Walk(source.Geometry);

    public Geometry Geometry => source.Geometry;

    public int SliceAt(int n) => _walk.SliceOf(n);

    public void Read(int n, int count, float[] slab)
    {
        int pixels = Geometry.Height * Geometry.Width;
        for (int k = 0; k < count; k++)
            _rows.Read(_walk.Size.J, slab.AsSpan(k * pixels, pixels), SliceAt(n + k) * pixels);
    }

    public void Dispose() => _rows.Dispose();
}
