using Smile.Kernels.Ops.MaskedBce;
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
    private readonly int _words; // of a pixel's mask
    private readonly OrganRuns?[] _pseudo, _absent;
    private readonly SamplerSettings _settings;
    private readonly Rng _rng;
    private readonly OrganSlices[] _ofOrgan; // organs that a slice shows
    private readonly double[] _chances; // of the organ and those before it, unnormalised
    private readonly PlaneMap? _map;
    private readonly ImageFiller _images;
    private readonly LabelFiller _labels;
    private readonly float[] _unseen; // an image that nobody asked for
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
        (_cases, _settings, _rng) = ([.. cases], settings, rng);
        (_words, _pseudo, _absent) = (MaskWords.Of(organs), new OrganRuns?[_cases.Length], new OrganRuns?[_cases.Length]);
        _map = settings.Augment.HasMap ? new PlaneMap(settings.Height, settings.Width) : null;
        int mostPixels = _cases.Max(data => data.Geometry.Height * data.Geometry.Width);
        _images = new ImageFiller(settings, _map, mostPixels);
        _labels = new LabelFiller(settings, organs, _map, mostPixels);
        _unseen = new float[settings.Height * settings.Width * settings.Slices];
        _ofOrgan = [.. Enumerable.Range(0, organs).Select(organ => new OrganSlices(_cases, organ)).Where(each => each.Showing.Length > 0)];
        _chances = new double[_ofOrgan.Length];
        ListSlices();
    }

    /// <summary>The position; setting it makes the sampler continue from there.</summary>
    public (ulong A, ulong B, ulong C, ulong D) State
    {
        get => _rng.State;
        set
        {
            _images.Ahead?.Forget();
            _rng.State = value;
        }
    }

    /// <summary>
    /// From now on slices of images that are not in memory are read before they are asked for. Batches are the same; null where all are in
    /// memory.
    /// </summary>
    /// <returns>What reads, the caller's to dispose of after the last batch.</returns>
    internal SliceAhead? ReadAhead()
    {
        CaseImage[] stored = [.. _cases.Select(data => data.Image).Where(image => image.IsStored)];
        if (stored.Length == 0)
            return null;
        return _images.Ahead = new SliceAhead(
            Plan, _settings.Slices, _settings.Distance, _settings.Filled, stored.Max(image => image.SliceBytes));

        (CaseImage Image, SliceDraw Draw) Plan(Rng rng, int filled)
        {
            for (int n = filled == 0 ? 0 : _settings.Batch; n < _settings.FirstFilled; n++)
                Skip(rng);
            SliceDraw draw = Skip(rng);
            bool last = filled == _settings.Filled - 1;
            for (int n = last ? _settings.FirstFilled + _settings.Filled : _settings.Batch; n < _settings.Batch; n++)
                Skip(rng);
            return (_cases[draw.Case].Image, draw);
        }
    }

    /// <summary>Replaces a case's pseudo labels; null takes them away.</summary>
    /// <param name="caseIndex">Which case.</param>
    /// <param name="pseudo">The organs that are there.</param>
    /// <param name="absent">The organs that are taken for absent, apart from those; null: none.</param>
    public void SetPseudo(int caseIndex, OrganRuns? pseudo, OrganRuns? absent = null)
    {
        SliceRuns<byte> labels = _cases[caseIndex].Labels;
        foreach (OrganRuns? runs in (ReadOnlySpan<OrganRuns?>)[pseudo, absent])
            if (runs is not null && (runs.Words, runs.Pixels, runs.Depth) != (_words, labels.Pixels, labels.Depth))
                throw new ArgumentException($"{runs.Depth} slices of {runs.Pixels} sets of {runs.Words} words given, the case has "
                    + $"{labels.Depth} of {labels.Pixels} voxels, and its sets {_words} words.", nameof(pseudo));
        _images.Ahead?.Forget();
        (_pseudo[caseIndex], _absent[caseIndex]) = (pseudo, absent);
        if (_settings.PseudoSlices)
            foreach (OrganSlices organ in _ofOrgan)
                organ.SetPseudo(caseIndex, pseudo);
        ListSlices();
    }

    /// <summary>
    /// Fills the next batch. A buffer that is not needed may be empty, of the two of bits both or none; what is drawn does not depend on
    /// it.
    /// </summary>
    /// <remarks>N is <see cref="SamplerSettings.Filled"/>: of the other slices of the batch nothing is read.</remarks>
    /// <param name="images">(N, H, W, C), windowed; padding holds the window's minimum. Of several slices the lowest z comes first.</param>
    /// <param name="isOrgan">(N, words, H, W), y bits, <see cref="MaskWords"/>; padding 0.</param>
    /// <param name="isKnown">(N, words, H, W), w bits; padding 0, it teaches nothing.</param>
    /// <param name="classes">
    /// (N, H, W), the baseline's classes: 0 background and every organ not annotated, k + 1 organ k; padding and ignore are
    /// <see cref="SoftmaxShape.Ignored"/>.
    /// </param>
    /// <param name="annotated">(N, words), the organs annotated in each slice's case.</param>
    /// <exception cref="DataException">No slice has a known label although only such are wanted.</exception>
    public void Next(Span<float> images, Span<uint> isOrgan, Span<uint> isKnown, Span<uint> classes, Span<uint> annotated = default)
    {
        int pixels = _settings.Height * _settings.Width, masks = _words * pixels;
        CheckLength(images.Length, _settings.Slices, nameof(images));
        CheckLength(isOrgan.Length, _words, nameof(isOrgan));
        CheckLength(isKnown.Length, _words, nameof(isKnown));
        CheckLength(classes.Length, 1, nameof(classes));
        if (isOrgan.Length != isKnown.Length)
            throw new ArgumentException("Bits of organs and of what is known are filled together.", nameof(isKnown));
        if (annotated.Length != 0 && annotated.Length != _settings.Filled * _words)
            throw new ArgumentException($"{annotated.Length} elements; {_settings.Filled} x {_words} are needed.", nameof(annotated));
        if (_slices.Length == 0)
            throw new DataException("No training slice has a known label: no organ is annotated in any case. Correct annotations.json.");
        _images.Ahead?.Begin(_rng.State);
        for (int drawn = 0; drawn < _settings.Batch; drawn++)
        {
            int n = drawn - _settings.FirstFilled;
            if (n < 0 || n >= _settings.Filled)
            {
                Skip(_rng);
                continue;
            }

            SliceDraw draw = NextDraw(_rng, planned: false);
            CaseData source = _cases[draw.Case];
            _images.Fill(source.Image, draw, _rng, images.IsEmpty ? _unseen : images.Slice(n * _unseen.Length, _unseen.Length));
            if (!isOrgan.IsEmpty || !classes.IsEmpty)
                _labels.Find(source, draw);
            if (!isOrgan.IsEmpty)
                _labels.Bits(source, _pseudo[draw.Case], _absent[draw.Case], draw, isOrgan.Slice(n * masks, masks),
                    isKnown.Slice(n * masks, masks));
            if (!classes.IsEmpty)
                _labels.Classes(source, draw, classes.Slice(n * pixels, pixels));
            if (!annotated.IsEmpty)
                source.Annotated.CopyTo(annotated.Slice(n * _words, _words));
        }
    }

    /// <summary>Draws a slice that is not filled, or not yet.</summary>
    private SliceDraw Skip(Rng rng)
    {
        SliceDraw draw = NextDraw(rng, planned: true);
        _images.Skip(rng);
        return draw;
    }

    /// <summary>The next slice, or, where it is <paramref name="planned"/>, which one it will be: the map is left alone then.</summary>
    private SliceDraw NextDraw(Rng rng, bool planned)
    {
        int y = -1, x = -1;
        (int c, int z) = _slices[rng.Next(_slices.Length)];
        double share = rng.NextDouble();
        if (share < _settings.OrganShare + _settings.AbsentShare && _ofOrgan.Length > 0)
        {
            OrganSlices organ = _ofOrgan[NextOrgan(rng)];
            (int, int)[] showing = organ.Showing, without = organ.Without;
            // Few slices without the organ are not drawn over and over: one of them no more often than one that shows it.
            bool shown = share - _settings.OrganShare >= _settings.AbsentShare * Math.Min(1, (double)without.Length / showing.Length)
                || share < _settings.OrganShare;
            (int, int)[] slices = shown ? showing : without;
            (c, z) = slices[rng.Next(slices.Length)];
            if (shown)
                (y, x) = organ.Voxel(c, z, rng);
        }

        AugmentSettings augment = _settings.Augment;
        Geometry grid = _cases[c].Geometry;
        int top = Corner(grid.Height, _settings.Height, y, rng), left = Corner(grid.Width, _settings.Width, x, rng);
        float gain = (float)rng.Uniform(1 - augment.Gain, 1 + augment.Gain);
        float offset = (float)rng.Uniform(-augment.Offset, augment.Offset);
        bool flip = rng.NextDouble() < 0.5 && augment.Flip;
        if (planned)
            _map?.Skip(augment, rng);
        else
            _map?.Draw(augment, top, left, flip, rng);
        return new SliceDraw(c, z, top, left, gain, offset, flip);
    }

    private int NextOrgan(Rng rng)
    {
        if (_settings.OrganPower == 0)
            return rng.Next(_ofOrgan.Length);
        double at = rng.NextDouble() * _chances[^1];
        int organ = 0;
        while (organ < _chances.Length - 1 && at >= _chances[organ])
            organ++;
        return organ;
    }

    /// <summary>
    /// Where a crop or padded frame of <paramref name="size"/> begins: anywhere it fits, plus the shift; if it can, it contains
    /// <paramref name="wanted"/>.
    /// </summary>
    private int Corner(int extent, int size, int wanted, Rng rng)
    {
        int low = Math.Min(0, extent - size) - _settings.Augment.Shift, high = Math.Max(0, extent - size) + _settings.Augment.Shift;
        if (wanted >= 0)
            (low, high) = (Math.Max(low, wanted - size + 1), Math.Min(high, wanted));
        return low + rng.Next(high - low + 1);
    }

    private void ListSlices()
    {
        var slices = new List<(int, int)>();
        for (int c = 0; c < _cases.Length; c++)
            for (int z = 0; z < _cases[c].Geometry.Depth; z++)
                if (!_settings.KnownOnly || !_cases[c].Annotated.IsEmpty || _pseudo[c]?.HasAny(z) == true
                    || _absent[c]?.HasAny(z) == true)
                    slices.Add((c, z));
        _slices = [.. slices];
        double chance = 0;
        for (int i = 0; i < _chances.Length; i++)
            _chances[i] = chance += Math.Pow(_ofOrgan[i].Showing.Length, _settings.OrganPower);
    }

    private void CheckLength(int length, int channels, string name)
    {
        if (length != 0 && length != _settings.Filled * _settings.Height * _settings.Width * channels)
            throw new ArgumentException(
                $"{length} elements; {_settings.Filled} x {_settings.Height} x {_settings.Width} x {channels} are needed.", name);
    }
}
