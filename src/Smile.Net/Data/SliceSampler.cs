using System.Numerics.Tensors;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Net.Augment;

namespace Smile.Net.Data;

/// <summary>
/// Draws batches of training slices from loaded cases. Draws are independent, so four words of <see cref="State"/> are the whole
/// position: the same cases, settings, pseudo labels and state give the same batches. Nothing is allocated in a batch.
/// </summary>
public sealed class SliceSampler
{
    private readonly CaseData[] _cases;
    private readonly uint[]?[] _pseudo;
    private readonly int _organs;
    private readonly SamplerSettings _settings;
    private readonly Rng _rng;
    private readonly (byte Label, (int Case, int Z)[] Showing, (int Case, int Z)[] Without)[] _ofOrgan; // organs that a slice shows
    private readonly double[] _chances; // of the organ and those before it, unnormalised
    private readonly PlaneMap? _map;
    private readonly IntensityChange _intensity;
    private readonly int[] _voxels; // of each pixel of the training slice: its voxel in the volume's slice, -1 where it lies in the padding
    private readonly float[] _windowed, _unseen, _planes; // of several slices: one after the other, before they become channels
    private readonly (uint IsOrgan, uint IsKnown)[] _bits = new (uint, uint)[byte.MaxValue + 1];
    private (int Case, int Z)[] _slices = [];

    /// <param name="cases">The loaded training cases.</param>
    /// <param name="organs">K.</param>
    /// <param name="settings">What a batch looks like.</param>
    /// <param name="rng">The generator; it is this sampler's own from now on.</param>
    /// <exception cref="ConfigException">A setting is out of range.</exception>
    public SliceSampler(IReadOnlyList<CaseData> cases, int organs, SamplerSettings settings, Rng rng)
    {
        settings.Validate();
        ArgumentOutOfRangeException.ThrowIfZero(cases.Count);
        (_cases, _organs, _settings, _rng) = ([.. cases], organs, settings, rng);
        _pseudo = new uint[]?[_cases.Length];
        _map = settings.Augment.HasMap ? new PlaneMap(settings.Height, settings.Width) : null;
        _intensity = new IntensityChange(settings.Height, settings.Width);
        int pixels = settings.Height * settings.Width;
        (_voxels, _unseen) = (new int[pixels], new float[pixels * settings.Slices]);
        _planes = settings.Slices > 1 ? new float[pixels * settings.Slices] : [];
        _windowed = new float[_cases.Max(data => data.Geometry.Height * data.Geometry.Width)];
        _ofOrgan = [.. Enumerable.Range(0, organs)
            .Select(organ => (Labels.Of(organ), SlicesOf(organ, shown: true), SlicesOf(organ, shown: false)))
            .Where(each => each.Item2.Length > 0)];
        _chances = [.. _ofOrgan.Select(each => Math.Pow(each.Showing.Length, settings.OrganPower))];
        for (int i = 1; i < _chances.Length; i++)
            _chances[i] += _chances[i - 1];
        ListSlices();
    }

    /// <summary>The position; setting it makes the sampler continue from there.</summary>
    public (ulong A, ulong B, ulong C, ulong D) State
    {
        get => _rng.State;
        set => _rng.State = value;
    }

    /// <summary>
    /// Replaces a case's pseudo labels: one word a voxel, bit k = organ k; null takes them away. The array is kept, not copied.
    /// </summary>
    public void SetPseudo(int caseIndex, uint[]? pseudo)
    {
        if (pseudo is not null && pseudo.Length != _cases[caseIndex].Labels.Length)
            throw new ArgumentException($"{pseudo.Length} words given, the case has {_cases[caseIndex].Labels.Length} voxels.",
                nameof(pseudo));
        _pseudo[caseIndex] = pseudo;
        ListSlices();
    }

    /// <summary>
    /// Fills the next batch. A buffer that is not needed may be empty; what is drawn does not depend on it.
    /// </summary>
    /// <param name="images">(N, H, W, C), windowed; padding holds the window's minimum. Of several slices the lowest z comes first.</param>
    /// <param name="isOrgan">(N, H, W), y bits; padding 0.</param>
    /// <param name="isKnown">(N, H, W), w bits; padding 0, it teaches nothing.</param>
    /// <param name="classes">
    /// (N, H, W), the baseline's classes: 0 background and every organ not annotated, k + 1 organ k; padding and ignore are
    /// <see cref="SoftmaxShape.Ignored"/>.
    /// </param>
    /// <param name="annotated">(N), the organs annotated in each slice's case: bit k = organ k.</param>
    /// <exception cref="DataException">No slice has a known label although only such are wanted.</exception>
    public void Next(Span<float> images, Span<uint> isOrgan, Span<uint> isKnown, Span<uint> classes, Span<uint> annotated = default)
    {
        int pixels = _settings.Height * _settings.Width;
        CheckLength(images.Length, _settings.Slices, nameof(images));
        CheckLength(isOrgan.Length, 1, nameof(isOrgan));
        CheckLength(isKnown.Length, 1, nameof(isKnown));
        CheckLength(classes.Length, 1, nameof(classes));
        if (annotated.Length != 0 && annotated.Length != _settings.Batch)
            throw new ArgumentException($"{annotated.Length} elements; {_settings.Batch} are needed.", nameof(annotated));
        if (_slices.Length == 0)
            throw new DataException("No training slice has a known label: no organ is annotated in any case. Correct annotations.json.");
        for (int n = 0; n < _settings.Batch; n++)
        {
            Draw draw = NextDraw();
            FillImage(draw, images.IsEmpty ? _unseen : images.Slice(n * _unseen.Length, _unseen.Length));
            if (!isOrgan.IsEmpty || !isKnown.IsEmpty || !classes.IsEmpty)
                FindVoxels(draw);
            if (!isOrgan.IsEmpty || !isKnown.IsEmpty)
                FillBits(draw, Part(isOrgan, n, pixels), Part(isKnown, n, pixels));
            if (!classes.IsEmpty)
                FillClasses(draw, classes.Slice(n * pixels, pixels));
            if (!annotated.IsEmpty)
                annotated[n] = _cases[draw.Case].Annotated;
        }
    }

    /// <summary>
    /// One slice of a batch: output pixel (y, x) shows voxel (Z, y + Top, x + Left), mirrored in the output where Flip, unless a map
    /// changes the plane.
    /// </summary>
    private readonly record struct Draw(int Case, int Z, int Top, int Left, float Gain, float Offset, bool Flip);

    private Draw NextDraw()
    {
        int y = -1, x = -1;
        (int c, int z) = _slices[_rng.Next(_slices.Length)];
        double share = _rng.NextDouble();
        if (share < _settings.OrganShare + _settings.AbsentShare && _ofOrgan.Length > 0)
        {
            var (label, showing, without) = _ofOrgan[NextOrgan()];
            // Few slices without the organ are not drawn over and over: one of them no more often than one that shows it.
            bool shown = share - _settings.OrganShare >= _settings.AbsentShare * Math.Min(1, (double)without.Length / showing.Length)
                || share < _settings.OrganShare;
            (int, int)[] slices = shown ? showing : without;
            (c, z) = slices[_rng.Next(slices.Length)];
            if (shown)
                (y, x) = AVoxelOf(label, c, z);
        }

        AugmentSettings augment = _settings.Augment;
        Geometry grid = _cases[c].Geometry;
        int top = Corner(grid.Height, _settings.Height, y), left = Corner(grid.Width, _settings.Width, x);
        float gain = (float)_rng.Uniform(1 - augment.Gain, 1 + augment.Gain);
        float offset = (float)_rng.Uniform(-augment.Offset, augment.Offset);
        bool flip = _rng.NextDouble() < 0.5 && augment.Flip;
        _map?.Draw(augment, top, left, flip, _rng);
        return new Draw(c, z, top, left, gain, offset, flip);
    }

    private int NextOrgan()
    {
        if (_settings.OrganPower == 0)
            return _rng.Next(_ofOrgan.Length);
        double at = _rng.NextDouble() * _chances[^1];
        int organ = 0;
        while (organ < _chances.Length - 1 && at >= _chances[organ])
            organ++;
        return organ;
    }

    /// <summary>
    /// Where a crop or padded frame of <paramref name="size"/> begins: anywhere it fits, plus the shift; if it can, it contains
    /// <paramref name="wanted"/>.
    /// </summary>
    private int Corner(int extent, int size, int wanted)
    {
        int low = Math.Min(0, extent - size) - _settings.Augment.Shift, high = Math.Max(0, extent - size) + _settings.Augment.Shift;
        if (wanted >= 0)
            (low, high) = (Math.Max(low, wanted - size + 1), Math.Min(high, wanted));
        return low + _rng.Next(high - low + 1);
    }

    /// <summary>One of the slice's voxels with the label, all alike.</summary>
    private (int Y, int X) AVoxelOf(byte label, int c, int z)
    {
        ReadOnlySpan<byte> labels = Plane(_cases[c].Labels, c, z);
        int skip = _rng.Next(labels.Count(label)), voxel = labels.IndexOf(label);
        for (; skip > 0; skip--)
            voxel += 1 + labels[(voxel + 1)..].IndexOf(label);
        int width = _cases[c].Geometry.Width;
        return (voxel / width, voxel % width);
    }

    private void FindVoxels(Draw draw)
    {
        Geometry grid = _cases[draw.Case].Geometry;
        if (_map is not null)
        {
            _map.Nearest(grid.Height, grid.Width, _voxels);
            return;
        }

        for (int y = 0; y < _settings.Height; y++)
        {
            Span<int> row = _voxels.AsSpan(y * _settings.Width, _settings.Width);
            int sy = y + draw.Top;
            if ((uint)sy >= (uint)grid.Height)
            {
                row.Fill(-1);
                continue;
            }

            for (int x = 0; x < row.Length; x++)
            {
                int sx = (draw.Flip ? row.Length - 1 - x : x) + draw.Left;
                row[x] = (uint)sx < (uint)grid.Width ? sy * grid.Width + sx : -1;
            }
        }
    }

    /// <summary>
    /// The slice and its neighbours, all cropped, mapped and changed alike, but for noise; beyond an end the last one again.
    /// </summary>
    private void FillImage(Draw draw, Span<float> image)
    {
        int slices = _settings.Slices, last = _cases[draw.Case].Geometry.Depth - 1;
        Span<float> planes = slices == 1 ? image : _planes;
        int pixels = planes.Length / slices;
        for (int c = 0; c < slices; c++)
            FillPlane(draw, Math.Clamp(draw.Z + c - slices / 2, 0, last), planes.Slice(c * pixels, pixels));
        _intensity.Apply(_settings.Augment, planes, _rng);
        if (slices > 1)
            Channels.Interleave(planes, slices, image);
    }

    private void FillPlane(Draw draw, int z, Span<float> plane)
    {
        Geometry grid = _cases[draw.Case].Geometry;
        ReadOnlySpan<float> slice = _cases[draw.Case].Volume.Slice(z);
        if (_map is null)
        {
            for (int y = 0; y < _settings.Height; y++)
                FillRow(draw, grid, slice, y + draw.Top, plane.Slice(y * _settings.Width, _settings.Width));
            return;
        }

        Span<float> windowed = _windowed.AsSpan(0, slice.Length);
        Change(slice, draw, windowed);
        _map.Resample(windowed, grid.Height, grid.Width, _settings.Window.Minimum, plane);
    }

    /// <summary>A row of an image whose pixels are voxels; mirrored as a whole where it is.</summary>
    private void FillRow(Draw draw, Geometry grid, ReadOnlySpan<float> slice, int sy, Span<float> row)
    {
        int first = Math.Clamp(-draw.Left, 0, row.Length), end = Math.Clamp(grid.Width - draw.Left, first, row.Length);
        if ((uint)sy >= (uint)grid.Height)
            end = first;
        row[..first].Fill(_settings.Window.Minimum);
        row[end..].Fill(_settings.Window.Minimum);
        if (end > first)
            Change(slice.Slice(sy * grid.Width + draw.Left + first, end - first), draw, row[first..end]);
        if (draw.Flip)
            row.Reverse();
    }

    private void Change(ReadOnlySpan<float> hu, Draw draw, Span<float> windowed)
    {
        TensorPrimitives.Multiply(hu, draw.Gain, windowed);
        TensorPrimitives.Add(windowed, draw.Offset, windowed);
        _settings.Window.Map(windowed, windowed);
    }

    private void FillBits(Draw draw, Span<uint> isOrgan, Span<uint> isKnown)
    {
        CaseData source = _cases[draw.Case];
        ReadOnlySpan<byte> labels = Plane(source.Labels, draw.Case, draw.Z);
        ReadOnlySpan<uint> pseudo = _pseudo[draw.Case] is { } all ? Plane(all, draw.Case, draw.Z) : [];
        for (int label = 0; label < _bits.Length; label++)
        {
            (uint organ, uint known) = AmbiguityMap.Bits((byte)label, source.Annotated, _organs);
            _bits[label] = (organ, _settings.Epsilon ? known : known & source.Annotated);
        }

        isOrgan.Clear();
        isKnown.Clear();
        for (int i = 0; i < _voxels.Length; i++)
        {
            int voxel = _voxels[i];
            if (voxel < 0)
                continue;
            byte label = labels[voxel];
            (uint organ, uint known) = _bits[label];
            if (!pseudo.IsEmpty && label != Labels.Ignore)
                (organ, known) = AmbiguityMap.WithPseudo(organ, known, pseudo[voxel]);
            if (!isOrgan.IsEmpty)
                isOrgan[i] = organ;
            if (!isKnown.IsEmpty)
                isKnown[i] = known;
        }
    }

    private void FillClasses(Draw draw, Span<uint> classes)
    {
        CaseData source = _cases[draw.Case];
        int start = draw.Z * source.Geometry.Height * source.Geometry.Width;
        classes.Fill(SoftmaxShape.Ignored);
        for (int i = 0; i < _voxels.Length; i++)
            if (_voxels[i] is >= 0 and int voxel && source.VisibleLabel(start + voxel) is not Labels.Ignore and byte label)
                classes[i] = label;
    }

    /// <summary>Slices of cases that annotate the organ, with or without it.</summary>
    private (int, int)[] SlicesOf(int organ, bool shown)
    {
        var slices = new List<(int, int)>();
        for (int c = 0; c < _cases.Length; c++)
            if ((_cases[c].Annotated >> organ & 1) != 0)
                for (int z = 0; z < _cases[c].Geometry.Depth; z++)
                    if (Plane(_cases[c].Labels, c, z).Contains(Labels.Of(organ)) == shown)
                        slices.Add((c, z));
        return [.. slices];
    }

    private void ListSlices()
    {
        var slices = new List<(int, int)>();
        for (int c = 0; c < _cases.Length; c++)
            for (int z = 0; z < _cases[c].Geometry.Depth; z++)
                if (!_settings.KnownOnly || _cases[c].Annotated != 0
                    || (_pseudo[c] is { } pseudo && Plane(pseudo, c, z).ContainsAnyExcept(0u)))
                    slices.Add((c, z));
        _slices = [.. slices];
    }

    private ReadOnlySpan<T> Plane<T>(T[] voxels, int c, int z)
    {
        int plane = _cases[c].Geometry.Height * _cases[c].Geometry.Width;
        return voxels.AsSpan(z * plane, plane);
    }

    private static Span<uint> Part(Span<uint> buffer, int n, int pixels) => buffer.IsEmpty ? buffer : buffer.Slice(n * pixels, pixels);

    private void CheckLength(int length, int channels, string name)
    {
        if (length != 0 && length != _settings.Batch * _settings.Height * _settings.Width * channels)
            throw new ArgumentException(
                $"{length} elements; {_settings.Batch} x {_settings.Height} x {_settings.Width} x {channels} are needed.", name);
    }
}
