using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Net.Augment;

namespace Smile.Net.Data;

/// <summary>
/// Fills what the labels of drawn slices say. Where pixels are voxels the runs of the labels are laid into the frame row by row; under a
/// map each pixel looks up its voxel. Nothing is allocated in a slice.
/// </summary>
internal sealed class LabelFiller
{
    private readonly SamplerSettings _settings;
    private readonly int _organs;
    private readonly PlaneMap? _map;
    private readonly int[] _voxels; // under a map, of each pixel: its voxel in the volume's slice, -1 in the padding
    private readonly byte[] _labels; // under a map: the slice, voxel by voxel
    private readonly uint[] _pseudo, _absent; // likewise
    private readonly OrganBits[] _isOrgan = new OrganBits[byte.MaxValue + 1], _isKnown = new OrganBits[byte.MaxValue + 1]; // of each label

    /// <param name="settings">What a batch looks like.</param>
    /// <param name="organs">K.</param>
    /// <param name="map">As it is drawn for the slice; null: pixels are voxels.</param>
    /// <param name="mostPixels">Of the largest slice.</param>
    public LabelFiller(SamplerSettings settings, int organs, PlaneMap? map, int mostPixels)
    {
        (_settings, _organs, _map) = (settings, organs, map);
        _voxels = map is null ? [] : new int[settings.Height * settings.Width];
        (_labels, _pseudo, _absent) = map is null ? ([], [], []) : (new byte[mostPixels], new uint[mostPixels], new uint[mostPixels]);
    }

    /// <summary>Under a map: finds the voxels of the pixels, once for all that is filled of a slice.</summary>
    public void Find(CaseData source, SliceDraw draw)
    {
        if (_map is null)
            return;
        _map.Nearest(source.Geometry.Height, source.Geometry.Width, _voxels);
        source.Labels.Decode(draw.Z, _labels.AsSpan(0, source.Labels.Pixels));
    }

    /// <summary>The mask words of organs and of what is known (<see cref="MaskWords"/>).</summary>
    /// <param name="source">The case.</param>
    /// <param name="pseudo">Its pseudo labels; null: none.</param>
    /// <param name="absent">The organs that a round takes for absent; null: none.</param>
    /// <param name="draw">The slice.</param>
    /// <param name="isOrgan">(words, H, W), y bits, overwritten.</param>
    /// <param name="isKnown">(words, H, W), w bits, overwritten.</param>
    public void Bits(
        CaseData source, OrganRuns? pseudo, OrganRuns? absent, SliceDraw draw, Span<uint> isOrgan, Span<uint> isKnown)
    {
        for (int label = 0; label < _isOrgan.Length; label++)
        {
            (_isOrgan[label], OrganBits known) = AmbiguityMap.Bits((byte)label, source.Annotated, _organs);
            _isKnown[label] = _settings.Epsilon ? known : known & source.Annotated;
        }

        int pixels = _settings.Height * _settings.Width;
        for (int word = 0; word < MaskWords.Of(_organs); word++)
        {
            Span<uint> organ = isOrgan.Slice(word * pixels, pixels), known = isKnown.Slice(word * pixels, pixels);
            if (_map is null)
                LayBits(source, word, pseudo?.Word(word), absent?.Word(word), draw, organ, known);
            else
                LookUpBits(word, pseudo?.Word(word), absent?.Word(word), draw.Z, organ, known);
        }
    }

    private void LayBits(CaseData source, int word, SliceRuns<uint>? pseudo, SliceRuns<uint>? absent, SliceDraw draw, Span<uint> isOrgan,
        Span<uint> isKnown)
    {
        var frame = new Frame(_settings, source.Geometry, draw);
        frame.Pad(isOrgan, 0);
        frame.Pad(isKnown, 0);
        ReadOnlySpan<byte> labels = source.Labels.Runs(draw.Z, out ReadOnlySpan<ushort> lengths);
        for (int run = 0, start = 0; run < labels.Length; start += lengths[run++])
        {
            frame.Fill(isOrgan, start, lengths[run], _isOrgan[labels[run]].Word(word));
            frame.Fill(isKnown, start, lengths[run], _isKnown[labels[run]].Word(word));
        }

        if (pseudo is null && absent is null)
            return;
        frame.Add(pseudo, draw.Z, isOrgan, isKnown);
        frame.Add(absent, draw.Z, default, isKnown);
        // What is ignored teaches nothing, whatever a round has put there.
        for (int run = 0, start = 0; run < labels.Length; start += lengths[run++])
        {
            if (labels[run] != Labels.Ignore)
                continue;
            frame.Fill(isOrgan, start, lengths[run], 0);
            frame.Fill(isKnown, start, lengths[run], 0);
        }
    }

    /// <summary>The baseline's classes.</summary>
    /// <param name="source">The case.</param>
    /// <param name="draw">The slice.</param>
    /// <param name="classes">(H, W), overwritten; padding and ignore are <see cref="SoftmaxShape.Ignored"/>.</param>
    public void Classes(CaseData source, SliceDraw draw, Span<uint> classes)
    {
        if (_map is not null)
        {
            classes.Fill(SoftmaxShape.Ignored);
            for (int i = 0; i < _voxels.Length; i++)
                if (_voxels[i] is >= 0 and int voxel)
                    classes[i] = ClassOf(_labels[voxel], source.Annotated);
            return;
        }

        var frame = new Frame(_settings, source.Geometry, draw);
        frame.Pad(classes, SoftmaxShape.Ignored);
        ReadOnlySpan<byte> labels = source.Labels.Runs(draw.Z, out ReadOnlySpan<ushort> lengths);
        for (int run = 0, start = 0; run < labels.Length; start += lengths[run++])
            frame.Fill(classes, start, lengths[run], ClassOf(labels[run], source.Annotated));
    }

    private static uint ClassOf(byte label, OrganBits annotated) =>
        AmbiguityMap.Visible(label, annotated) is not Labels.Ignore and byte visible ? visible : SoftmaxShape.Ignored;

    private void LookUpBits(
        int word, SliceRuns<uint>? pseudo, SliceRuns<uint>? absent, int z, Span<uint> isOrgan, Span<uint> isKnown)
    {
        pseudo?.Decode(z, _pseudo.AsSpan(0, pseudo.Pixels));
        absent?.Decode(z, _absent.AsSpan(0, absent.Pixels));
        isOrgan.Clear();
        isKnown.Clear();
        for (int i = 0; i < _voxels.Length; i++)
        {
            int voxel = _voxels[i];
            if (voxel < 0)
                continue;
            byte label = _labels[voxel];
            (isOrgan[i], isKnown[i]) = (_isOrgan[label].Word(word), _isKnown[label].Word(word));
            if (pseudo is not null && label != Labels.Ignore)
                (isOrgan[i], isKnown[i]) = AmbiguityMap.WithPseudo(isOrgan[i], isKnown[i], _pseudo[voxel]);
            if (absent is not null && label != Labels.Ignore)
                isKnown[i] |= _absent[voxel];
        }
    }

    /// <summary>The part of a slice that a training slice shows, and where each row of it lies there.</summary>
    private readonly struct Frame(SamplerSettings settings, Geometry grid, SliceDraw draw)
    {
        private readonly int _height = settings.Height, _width = settings.Width, _stride = grid.Width;
        private readonly int _top = draw.Top, _left = draw.Left;
        private readonly bool _flip = draw.Flip;
        private readonly int _firstRow = Math.Max(0, draw.Top), _endRow = Math.Min(grid.Height, draw.Top + settings.Height);
        private readonly int _first = Math.Max(0, draw.Left), _end = Math.Min(grid.Width, draw.Left + settings.Width);

        /// <summary>Fills what shows no voxel.</summary>
        public void Pad(Span<uint> plane, uint value)
        {
            if (_firstRow >= _endRow || _first >= _end)
            {
                plane.Fill(value);
                return;
            }

            plane[..((_firstRow - _top) * _width)].Fill(value);
            plane[((_endRow - _top) * _width)..].Fill(value);
            int start = Column(_first, _end);
            for (int y = _firstRow - _top; y < _endRow - _top; y++)
            {
                plane.Slice(y * _width, start).Fill(value);
                plane[(y * _width + start + _end - _first)..((y + 1) * _width)].Fill(value);
            }
        }

        /// <summary>Fills the pixels that show a run of the slice.</summary>
        public void Fill(Span<uint> plane, int start, int length, uint value)
        {
            for (int y = FirstRow(start); y < _endRow && y * _stride < start + length; y++)
            {
                (int from, int to) = Columns(y, start, length);
                if (from < to)
                    plane.Slice((y - _top) * _width + Column(from, to), to - from).Fill(value);
            }
        }

        /// <summary>
        /// Adds what a round says to the pixels that show a slice: pseudo labels, and without <paramref name="isOrgan"/> organs that it
        /// takes for absent, which are known and nothing else.
        /// </summary>
        public void Add(SliceRuns<uint>? added, int z, Span<uint> isOrgan, Span<uint> isKnown)
        {
            ReadOnlySpan<ushort> lengths = default;
            ReadOnlySpan<uint> words = added is null ? default : added.Runs(z, out lengths);
            for (int run = 0, start = 0; run < words.Length; start += lengths[run++])
                if (words[run] != 0)
                    Add(isOrgan, isKnown, start, lengths[run], words[run]);
        }

        private void Add(Span<uint> isOrgan, Span<uint> isKnown, int start, int length, uint word)
        {
            for (int y = FirstRow(start); y < _endRow && y * _stride < start + length; y++)
            {
                (int from, int to) = Columns(y, start, length);
                int at = (y - _top) * _width + Column(from, to);
                for (int i = at; i < at + to - from && isOrgan.IsEmpty; i++)
                    isKnown[i] |= word;
                for (int i = at; i < at + to - from && !isOrgan.IsEmpty; i++)
                    (isOrgan[i], isKnown[i]) = AmbiguityMap.WithPseudo(isOrgan[i], isKnown[i], word);
            }
        }

        private int FirstRow(int start) => Math.Max(_firstRow, start / _stride);

        /// <summary>The part of a run in a row, in columns of the slice; empty where the second is not above the first.</summary>
        private (int From, int To) Columns(int y, int start, int length) =>
            (Math.Max(_first, start - y * _stride), Math.Min(_end, start + length - y * _stride));

        /// <summary>Where columns of the slice begin in a row of the frame.</summary>
        private int Column(int from, int to) => _flip ? _width - (to - _left) : from - _left;
    }
}
