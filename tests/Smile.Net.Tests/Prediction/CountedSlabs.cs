using Smile.Net.Data;

namespace Smile.Net.Tests.Prediction;

/// <summary>Notes how many slices are asked for at a time.</summary>
internal sealed class CountedSlabs(Volume volume) : ISlabReader
{
    private readonly VolumeSlabs _slabs = new(volume);

    public List<int> Counts { get; } = [];

    public Geometry Geometry => _slabs.Geometry;

    public int SliceAt(int n) => _slabs.SliceAt(n);

    public void Read(int n, int count, float[] slab)
    {
        Counts.Add(count);
        _slabs.Read(n, count, slab);
    }

    public void Dispose() => _slabs.Dispose();
}
