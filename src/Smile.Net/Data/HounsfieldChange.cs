using System.Numerics;

namespace Smile.Net.Data;

/// <summary>
/// HU as a training slice shows them: times a gain, plus an offset, windowed. One pass, whose bits are those of the steps one after the
/// other.
/// </summary>
/// <param name="gain">A factor.</param>
/// <param name="offset">HU.</param>
/// <param name="window">What the network sees.</param>
internal readonly struct HounsfieldChange(float gain, float offset, Window window)
{
    private readonly float _gain = gain, _offset = offset, _low = window.Low, _high = window.High;
    private readonly float _zero = window.Zero, _slope = window.Slope, _shift = window.Shift;

    /// <summary>Of whole HU.</summary>
    public void Apply(ReadOnlySpan<short> hu, Span<float> windowed)
    {
        int i = 0;
        for (; i <= hu.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(hu[i..]), out Vector<int> low, out Vector<int> high);
            Of(Vector.ConvertToSingle(low)).CopyTo(windowed[i..]);
            Of(Vector.ConvertToSingle(high)).CopyTo(windowed[(i + Vector<float>.Count)..]);
        }

        for (; i < hu.Length; i++)
            windowed[i] = Of(hu[i]);
    }

    /// <summary>Of any HU.</summary>
    public void Apply(ReadOnlySpan<float> hu, Span<float> windowed)
    {
        int i = 0;
        for (; i <= hu.Length - Vector<float>.Count; i += Vector<float>.Count)
            Of(new Vector<float>(hu[i..])).CopyTo(windowed[i..]);
        for (; i < hu.Length; i++)
            windowed[i] = Of(hu[i]);
    }

    private Vector<float> Of(Vector<float> hu)
    {
        Vector<float> changed = hu * new Vector<float>(_gain) + new Vector<float>(_offset);
        Vector<float> clipped = Vector.Min(Vector.Max(changed, new Vector<float>(_low)), new Vector<float>(_high));
        return (clipped - new Vector<float>(_zero)) * new Vector<float>(_slope) - new Vector<float>(_shift);
    }

    private float Of(float hu) => (Math.Clamp(hu * _gain + _offset, _low, _high) - _zero) * _slope - _shift;
}
