using Smile.Net.Augment;

namespace Smile.Net.Data;

/// <summary>Fills the images of drawn slices: cropped or padded, mapped, windowed and changed. Nothing is allocated in a slice.</summary>
internal sealed class ImageFiller
{
    private readonly SamplerSettings _settings;
    private readonly PlaneMap? _map;
    private readonly IntensityChange _intensity;
    private readonly float[] _windowed; // a whole slice, before it is mapped
    private readonly float[] _planes; // of several slices: one after the other, before they become channels
    private byte[] _numbers = []; // a slice that is not in memory

    /// <param name="settings">What a batch looks like.</param>
    /// <param name="map">As it is drawn for the slice; null: pixels are voxels.</param>
    /// <param name="mostPixels">Of the largest slice.</param>
    public ImageFiller(SamplerSettings settings, PlaneMap? map, int mostPixels)
    {
        (_settings, _map) = (settings, map);
        _intensity = new IntensityChange(settings.Height, settings.Width);
        _windowed = map is null ? [] : new float[mostPixels];
        _planes = settings.Slices > 1 ? new float[settings.Height * settings.Width * settings.Slices] : [];
    }

    /// <summary>Has read what <see cref="Fill"/> asks for; null: it is read when it is asked for.</summary>
    public SliceAhead? Ahead { get; set; }

    /// <summary>Draws what <see cref="Fill"/> draws, and fills nothing.</summary>
    public void Skip(Rng rng) => IntensityChange.Skip(_settings.Augment, _settings.Height * _settings.Width * _settings.Slices, rng);

    /// <summary>
    /// The slice and its neighbours, all cropped, mapped and changed alike, but for noise; beyond an end the last one again.
    /// </summary>
    /// <param name="source">The case's image.</param>
    /// <param name="draw">The slice.</param>
    /// <param name="rng">Draws the changes of intensity; how many numbers it draws does not depend on the image.</param>
    /// <param name="image">(H, W, C), overwritten.</param>
    public void Fill(CaseImage source, SliceDraw draw, Rng rng, Span<float> image)
    {
        int slices = _settings.Slices;
        Span<float> planes = slices == 1 ? image : _planes;
        int pixels = planes.Length / slices;
        for (int c = 0; c < slices; c++)
        {
            int z = _settings.Distance.SliceOf(draw.Z, c, slices, source.Geometry);
            FillPlane(source.Geometry, Ahead is { } ahead ? ahead.Take(source, z) : PlaneOf(source, z), draw,
                planes.Slice(c * pixels, pixels));
            Ahead?.Release();
        }

        _intensity.Apply(_settings.Augment, planes, rng);
        if (slices > 1)
            Channels.Interleave(planes, slices, image);
    }

    private ImagePlane PlaneOf(CaseImage source, int z)
    {
        if (source.IsStored && _numbers.Length < source.SliceBytes)
            _numbers = new byte[source.SliceBytes];
        return source.Plane(z, _numbers);
    }

    private void FillPlane(Geometry grid, ImagePlane slice, SliceDraw draw, Span<float> plane)
    {
        var change = new HounsfieldChange(draw.Gain, draw.Offset, _settings.Window);
        if (_map is null)
        {
            for (int y = 0; y < _settings.Height; y++)
                FillRow(draw, grid, slice, change, y + draw.Top, plane.Slice(y * _settings.Width, _settings.Width));
            return;
        }

        Span<float> windowed = _windowed.AsSpan(0, slice.Length);
        slice.Read(0, windowed, change);
        _map.Resample(windowed, grid.Height, grid.Width, _settings.Window.Minimum, plane);
    }

    /// <summary>A row of an image whose pixels are voxels; mirrored as a whole where it is.</summary>
    private void FillRow(SliceDraw draw, Geometry grid, ImagePlane slice, in HounsfieldChange change, int sy, Span<float> row)
    {
        int first = Math.Clamp(-draw.Left, 0, row.Length), end = Math.Clamp(grid.Width - draw.Left, first, row.Length);
        if ((uint)sy >= (uint)grid.Height)
            end = first;
        row[..first].Fill(_settings.Window.Minimum);
        row[end..].Fill(_settings.Window.Minimum);
        if (end > first)
            slice.Read(sy * grid.Width + draw.Left + first, row[first..end], change);
        if (draw.Flip)
            row.Reverse();
    }
}
