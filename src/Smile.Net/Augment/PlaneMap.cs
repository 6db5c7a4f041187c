namespace Smile.Net.Augment;

/// <summary>
/// Where each pixel of a training slice lies in the volume's slice: an affine map of the plane and, where asked for, an elastic change on
/// top. Images are resampled by it bilinearly, labels and bits by the nearest voxel: all through the one map.
/// </summary>
internal sealed class PlaneMap
{
    /// <summary>Pixels between two control points of the elastic change.</summary>
    private const int Distance = 16;

    private readonly int _height, _width, _gridRows, _gridColumns;
    private readonly float[] _rows, _columns, _grid;

    /// <param name="height">Rows of a training slice.</param>
    /// <param name="width">Columns of it.</param>
    public PlaneMap(int height, int width)
    {
        (_height, _width) = (height, width);
        (_rows, _columns) = (new float[height * width], new float[height * width]);
        (_gridRows, _gridColumns) = ((height - 1) / Distance + 2, (width - 1) / Distance + 2);
        _grid = new float[2 * _gridRows * _gridColumns];
    }

    /// <summary>Draws a map and lays it out pixel by pixel.</summary>
    /// <param name="settings">Its ranges.</param>
    /// <param name="top">Row of the volume's slice in the first row of the crop that is changed.</param>
    /// <param name="left">Column likewise.</param>
    /// <param name="flip">Mirrored left to right.</param>
    /// <param name="rng">What is drawn depends on the settings alone.</param>
    public void Draw(AugmentSettings settings, int top, int left, bool flip, Rng rng)
    {
        (double angle, double scale, double aspect, double shear) = Affine(settings, rng);
        // From a place relative to the middle of the training slice to one relative to the middle of the crop, (row, column).
        double tall = 1 / (scale * aspect), wide = (flip ? -1 : 1) * aspect / scale, cos = Math.Cos(angle), sin = Math.Sin(angle);
        float perRowDown = (float)(cos * tall), perColumnDown = (float)(-sin * wide + cos * tall * shear);
        float perRowRight = (float)(sin * tall), perColumnRight = (float)(cos * wide + sin * tall * shear);
        float middleRow = (_height - 1) / 2f, middleColumn = (_width - 1) / 2f;
        for (int y = 0; y < _height; y++)
        {
            float row = top + middleRow + (y - middleRow) * perRowDown - middleColumn * perColumnDown;
            float column = left + middleColumn + (y - middleRow) * perRowRight - middleColumn * perColumnRight;
            Span<float> rows = _rows.AsSpan(y * _width, _width), columns = _columns.AsSpan(y * _width, _width);
            for (int x = 0; x < rows.Length; x++)
                (rows[x], columns[x]) = (row + x * perColumnDown, column + x * perColumnRight);
        }

        if (settings.HasElastic && rng.NextDouble() < settings.ElasticShare)
            AddElastic(settings.Elastic, rng);
    }

    /// <summary>Draws what <see cref="Draw"/> draws, and leaves the map as it is.</summary>
    /// <param name="settings">Its ranges.</param>
    /// <param name="rng">Is where it is after <see cref="Draw"/>.</param>
    public void Skip(AugmentSettings settings, Rng rng)
    {
        Affine(settings, rng);
        if (settings.HasElastic && rng.NextDouble() < settings.ElasticShare)
            rng.SkipNormals(_grid.Length);
    }

    /// <summary>The image under the map.</summary>
    /// <param name="source">(rows, columns).</param>
    /// <param name="sourceRows">Rows of it.</param>
    /// <param name="sourceColumns">Columns of it.</param>
    /// <param name="outside">What lies beyond its edges.</param>
    /// <param name="image">(height, width), overwritten.</param>
    public void Resample(ReadOnlySpan<float> source, int sourceRows, int sourceColumns, float outside, Span<float> image)
    {
        for (int i = 0; i < image.Length; i++)
        {
            float row = MathF.Floor(_rows[i]), column = MathF.Floor(_columns[i]);
            float down = _rows[i] - row, right = _columns[i] - column;
            int y = (int)row, x = (int)column;
            if ((uint)y < (uint)(sourceRows - 1) && (uint)x < (uint)(sourceColumns - 1))
            {
                ReadOnlySpan<float> upper = source.Slice(y * sourceColumns + x, 2), lower = source.Slice((y + 1) * sourceColumns + x, 2);
                float above = upper[0] + right * (upper[1] - upper[0]), below = lower[0] + right * (lower[1] - lower[0]);
                image[i] = above + down * (below - above);
            }
            else
            {
                float above = At(source, sourceRows, sourceColumns, y, x, outside);
                float below = At(source, sourceRows, sourceColumns, y + 1, x, outside);
                above += right * (At(source, sourceRows, sourceColumns, y, x + 1, outside) - above);
                below += right * (At(source, sourceRows, sourceColumns, y + 1, x + 1, outside) - below);
                image[i] = above + down * (below - above);
            }
        }
    }

    /// <summary>The nearest voxel of each pixel, its index in the slice; -1 outside.</summary>
    /// <param name="sourceRows">Rows of the volume's slice.</param>
    /// <param name="sourceColumns">Columns of it.</param>
    /// <param name="voxels">(height, width), overwritten.</param>
    public void Nearest(int sourceRows, int sourceColumns, Span<int> voxels)
    {
        for (int i = 0; i < voxels.Length; i++)
        {
            int y = (int)MathF.Floor(_rows[i] + 0.5f), x = (int)MathF.Floor(_columns[i] + 0.5f);
            voxels[i] = (uint)y < (uint)sourceRows && (uint)x < (uint)sourceColumns ? y * sourceColumns + x : -1;
        }
    }

    /// <summary>Angle in radians, scale, height over width, tangent of the shear.</summary>
    private static (double Angle, double Scale, double Aspect, double Shear) Affine(AugmentSettings settings, Rng rng)
    {
        double angle = rng.NextDouble() < settings.RotationShare ? Either(rng, settings.Rotation) * Math.PI / 180 : 0;
        bool scales = rng.NextDouble() < settings.ScaleShare;
        double scale = Math.Exp(rng.Uniform(Math.Log(settings.ScaleLow), Math.Log(settings.ScaleHigh)));
        double aspect = Math.Exp(Either(rng, settings.Aspect) / 2), shear = Math.Tan(Either(rng, settings.Shear) * Math.PI / 180);
        return (angle, scales ? scale : 1, aspect, shear);
    }

    /// <summary>Uniform in [-most, most].</summary>
    private static double Either(Rng rng, double most) => rng.Uniform(-most, most);

    private static float At(ReadOnlySpan<float> source, int rows, int columns, int y, int x, float outside) =>
        (uint)y < (uint)rows && (uint)x < (uint)columns ? source[y * columns + x] : outside;

    /// <summary>Normal displacements at control points, between them bilinear.</summary>
    private void AddElastic(double deviation, Rng rng)
    {
        for (int i = 0; i < _grid.Length; i++)
            _grid[i] = (float)(deviation * rng.Normal());
        for (int y = 0; y < _height; y++)
        {
            int gridRow = y / Distance;
            float down = (float)(y % Distance) / Distance;
            for (int x = 0; x < _width; x++)
            {
                int at = 2 * (gridRow * _gridColumns + x / Distance), below = at + 2 * _gridColumns;
                float right = (float)(x % Distance) / Distance;
                _rows[y * _width + x] += Between(at, below, down, right);
                _columns[y * _width + x] += Between(at + 1, below + 1, down, right);
            }
        }
    }

    private float Between(int at, int below, float down, float right)
    {
        float upper = _grid[at] + right * (_grid[at + 2] - _grid[at]), lower = _grid[below] + right * (_grid[below + 2] - _grid[below]);
        return upper + down * (lower - upper);
    }
}
