namespace Smile.Net.Evaluation;

/// <summary>
/// Exact squared Euclidean distances on a grid with its own spacing along each axis: three passes of lower envelopes of parabolas
/// (Felzenszwalb and Huttenlocher, Distance transforms of sampled functions, 2012, section 2.1).
/// </summary>
public static class DistanceTransform
{
    /// <summary>The squared distance (mm^2) from each voxel to the nearest set voxel; infinite where none is set.</summary>
    /// <param name="set">(depth, height, width); not zero = set.</param>
    /// <param name="size">Voxels along (z, y, x).</param>
    /// <param name="spacing">Millimetres along (z, y, x).</param>
    public static float[] Squared(ReadOnlySpan<byte> set, (int Z, int Y, int X) size, (double Z, double Y, double X) spacing)
    {
        var distance = new float[set.Length];
        for (int i = 0; i < set.Length; i++)
            distance[i] = set[i] != 0 ? 0 : float.PositiveInfinity;
        var line = new Line(Math.Max(size.Z, Math.Max(size.Y, size.X)));
        int plane = size.Y * size.X;
        for (int z = 0; z < size.Z; z++)
        {
            for (int y = 0; y < size.Y; y++)
                line.Transform(distance, z * plane + y * size.X, 1, size.X, spacing.X);
            for (int x = 0; x < size.X; x++)
                line.Transform(distance, z * plane + x, size.X, size.Y, spacing.Y);
        }

        for (int i = 0; i < plane; i++)
            line.Transform(distance, i, plane, size.Z, spacing.Z);
        return distance;
    }

    /// <summary>The transform along one line of voxels, and its working memory.</summary>
    private sealed class Line(int longest)
    {
        private readonly double[] _value = new double[longest];
        private readonly int[] _parabola = new int[longest];
        private readonly double[] _from = new double[longest];

        /// <summary>Replaces f(p) by min over q of (spacing (p - q))^2 + f(q), in place.</summary>
        public void Transform(float[] data, int start, int stride, int count, double spacing)
        {
            double square = spacing * spacing;
            int last = -1;
            for (int q = 0; q < count; q++)
            {
                double f = _value[q] = data[start + q * stride];
                if (double.IsPositiveInfinity(f))
                    continue;
                // Where the parabola of q falls below those of the envelope; those overtaken before they begin go.
                double from = double.NegativeInfinity;
                for (; last >= 0; last--)
                {
                    int p = _parabola[last];
                    from = (q + p + (f - _value[p]) / (square * (q - p))) / 2;
                    if (from > _from[last])
                        break;
                }

                _parabola[++last] = q;
                _from[last] = last == 0 ? double.NegativeInfinity : from;
            }

            if (last < 0)
                return;
            for (int p = 0, k = 0; p < count; p++)
            {
                while (k < last && _from[k + 1] <= p)
                    k++;
                double d = p - _parabola[k];
                data[start + p * stride] = (float)(square * d * d + _value[_parabola[k]]);
            }
        }
    }
}
