using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Settings;
using Smile.Net.Weights;

namespace Smile.Net.Prediction;

/// <summary>What a predictor says of a volume.</summary>
/// <param name="Labels">The label map, one byte a voxel (<see cref="Data.Labels"/>), (z, y, x).</param>
/// <param name="Probabilities">One array an organ, (z, y, x); null unless asked for.</param>
public sealed record PredictedVolume(byte[] Labels, IReadOnlyList<float[]>? Probabilities);

/// <summary>Sees an organ's probabilities in one axial slice, (y, x).</summary>
public delegate void ProbabilityVisitor(int z, int organ, ReadOnlySpan<float> probabilities);

/// <summary>Sees the logits of one axial slice, (y, x, outputs).</summary>
internal delegate void SliceVisitor(int z, ReadOnlySpan<float> logits);

/// <summary>
/// Predicts volumes slice by slice, whole slices padded at the far edges to a multiple of <see cref="ModelSettings.SizeMultiple"/>. It has
/// a network of its own, on a backend of its own, made for the size of the slices at hand and kept while that stays. Slices of another
/// spacing than <see cref="Spacing"/> are brought to it, and the logits back to the volume's own grid (<see cref="PlaneGrid"/>), from which
/// labels and probabilities follow there.
/// </summary>
public sealed class Predictor : IDisposable
{
    private readonly ModelSettings _model;
    private readonly int _outputs, _batch, _slices;
    private readonly bool _softmax;
    private readonly Window _window;
    private readonly PlaneSpacing? _spacing;
    private readonly SliceDistance _distance;
    private readonly Func<IBackend> _open;
    private readonly Dictionary<string, float[]> _weights = new(StringComparer.Ordinal);
    private Network? _network;
    private (int Height, int Width, int Batch) _size;
    private float[] _images = [], _logits = [], _shifts = [];

    /// <summary>Slices a pass; large ones, see <see cref="MostPixels"/>, are fewer.</summary>
    internal int Batch => _batch;

    /// <summary>
    /// Pixels that a pass holds at the most: eight slices of 512 x 512. Of series whose axial slices are larger, as those made of coronal
    /// images are, it takes fewer slices, or a deep network would need memory by the gigabyte.
    /// </summary>
    internal int MostPixels { get; set; } = 8 * 512 * 512;

    /// <summary>
    /// The passes over each slice whose logits are averaged; one, as it is, unless set (<see cref="SliceView.Augmented"/>).
    /// </summary>
    public IReadOnlyList<SliceView> Views { get; set; } = [SliceView.Plain];

    /// <summary>
    /// The probability above which a voxel is an organ's, one an organ; null: 1/2 of all (<see cref="ThresholdCalibration"/>).
    /// Probabilities that are asked for stay as they are.
    /// </summary>
    /// <exception cref="ArgumentException">They are not one an organ between 0 and 1.</exception>
    public IReadOnlyList<double>? Thresholds
    {
        get;
        set
        {
            if (value is not null && (value.Count != Organs || value.Any(threshold => !(threshold > 0 && threshold < 1))))
                throw new ArgumentException($"{Organs} thresholds between 0 and 1 are needed.", nameof(value));
            field = value;
            _shifts = value is null ? [] : [.. value.Select(ThresholdCalibration.Shift)];
        }
    }

    internal Predictor(RunSettings settings, int organs, Func<IBackend> open, int batch)
    {
        _model = settings.Model;
        _softmax = settings.Train.Method == Methods.Baseline;
        _outputs = _softmax ? organs + 1 : organs;
        (_window, _slices, _spacing) = (settings.Intensities, settings.Data.Slices, settings.PlaneSpacing());
        _distance = settings.SliceDistance();
        (_open, _batch) = (open, batch);
    }

    /// <summary>That the model was trained at, mm; null: every slice is predicted at its own.</summary>
    public PlaneSpacing? Spacing => _spacing;

    /// <summary>Takes the weights of a file that fits the model.</summary>
    /// <param name="path">Safetensors with torchvision's names.</param>
    /// <exception cref="DataException">The file is damaged, or does not fit.</exception>
    internal void LoadWeights(string path)
    {
        Network network = NetworkFor(_model.SizeMultiple, _model.SizeMultiple, _batch);
        NetworkWeights.Load(path, network);
        CopyWeights(network);
    }

    /// <summary>Predicts one volume.</summary>
    /// <param name="volume">In HU.</param>
    /// <param name="probabilities">Keep each organ's probability too: 4 bytes a voxel and organ.</param>
    /// <param name="progress">Told after each slice how many are done.</param>
    /// <param name="cancel">Checked before each batch.</param>
    public PredictedVolume Predict(Volume volume, bool probabilities = false, Action<int>? progress = null,
        CancellationToken cancel = default)
    {
        int pixels = volume.Geometry.Height * volume.Geometry.Width;
        float[][]? scores = probabilities ? [.. Enumerable.Range(0, Organs).Select(_ => new float[volume.Geometry.Voxels])] : null;
        using var slabs = new VolumeSlabs(volume);
        byte[] labels = Predict(slabs, scores is null ? null : (z, organ, slice) => slice.CopyTo(scores[organ].AsSpan(z * pixels)),
            progress, cancel);
        return new PredictedVolume(labels, scores);
    }

    /// <summary>Predicts one volume as it is read: of its voxels a batch of slices is in memory at a time, and the label map.</summary>
    /// <param name="slabs">The volume.</param>
    /// <param name="probabilities">
    /// Sees each organ's probabilities, slice by slice in the order of the slabs; null where nobody wants them.
    /// </param>
    /// <param name="progress">Told after each slice how many are done.</param>
    /// <param name="cancel">Checked before each batch.</param>
    /// <returns>The label map, one byte a voxel (<see cref="Data.Labels"/>), (z, y, x).</returns>
    /// <exception cref="DataException">The file is damaged.</exception>
    public byte[] Predict(ISlabReader slabs, ProbabilityVisitor? probabilities = null, Action<int>? progress = null,
        CancellationToken cancel = default) => Predict(slabs, seen: null, probabilities, progress, cancel);

    /// <summary>As the public one; the logits on the volume's own grid are seen slice by slice.</summary>
    internal byte[] Predict(ISlabReader slabs, SliceVisitor? seen, ProbabilityVisitor? probabilities, Action<int>? progress,
        CancellationToken cancel)
    {
        int pixels = slabs.Geometry.Height * slabs.Geometry.Width, done = 0;
        var labels = new byte[slabs.Geometry.Voxels];
        float[] score = probabilities is null ? [] : new float[pixels];
        EachSliceAtSpacing(slabs, (z, logits) =>
        {
            for (int p = 0; p < pixels; p++)
            {
                ReadOnlySpan<float> at = logits.Slice(p * _outputs, _outputs);
                labels[z * pixels + p] = _softmax ? Decision.OfSoftmax(at, _shifts) : Decision.OfSigmoids(at, _shifts);
            }

            for (int k = 0; probabilities is not null && k < Organs; k++)
            {
                for (int p = 0; p < pixels; p++)
                    score[p] = Probability(logits.Slice(p * _outputs, _outputs), k);
                probabilities(z, k, score);
            }

            seen?.Invoke(z, logits);
            progress?.Invoke(++done);
        }, cancel);
        return labels;
    }

    /// <summary>Runs the network over the volume as it is, whatever its spacing, and shows each slice's logits, in order.</summary>
    internal void EachSlice(Volume volume, SliceVisitor visit, CancellationToken cancel)
    {
        using var slabs = new VolumeSlabs(volume);
        EachSlice(slabs, slabs.Geometry, visit, cancel);
    }

    private void EachSliceAtSpacing(ISlabReader slabs, SliceVisitor visit, CancellationToken cancel)
    {
        Geometry own = slabs.Geometry;
        if (PlaneGrid.To("the volume", own, _spacing) is not { } grid)
        {
            EachSlice(slabs, own, visit, cancel);
            return;
        }

        PlaneGrid back = grid.Back;
        var logits = new float[own.Height * own.Width * _outputs];
        using var resampled = new ResampledSlabs(slabs, grid);
        EachSlice(resampled, own, (z, at) =>
        {
            back.Numbers(at, logits, _outputs);
            visit(z, logits);
        }, cancel);
    }

    /// <param name="slabs">What the network sees.</param>
    /// <param name="read">The grid that is read to that end: a pass holds no more of it than of the other.</param>
    /// <param name="visit">Sees the logits.</param>
    /// <param name="cancel">Stops.</param>
    private void EachSlice(ISlabReader slabs, Geometry read, SliceVisitor visit, CancellationToken cancel)
    {
        Geometry geometry = slabs.Geometry;
        int shift = Views.Max(view => view.Shift), height = RoundUp(geometry.Height + shift), width = RoundUp(geometry.Width + shift);
        long pixels = Math.Max((long)height * width, (long)read.Height * read.Width);
        int batch = (int)Math.Clamp(MostPixels / pixels, 1, _batch);
        Network network = NetworkFor(height, width, batch);
        var slices = new NeighbouringSlices(slabs, _slices, _distance, batch);
        var mean = new MeanLogits(geometry, _outputs, Views.Count, batch);
        for (int first = 0; first < geometry.Depth; first += batch)
        {
            cancel.ThrowIfCancellationRequested();
            int count = Math.Min(batch, geometry.Depth - first);
            slices.Advance(first, count);
            for (int pass = 0; pass < Views.Count; pass++)
            {
                Show(slices, geometry, first, count, Views[pass]);
                network.Backend.Write(network.Images, _images);
                network.Forward(training: false);
                network.Backend.Read(network.Logits, _logits);
                for (int n = 0; n < count; n++)
                {
                    ReadOnlySpan<float> whole = _logits.AsSpan(n * height * width * _outputs, height * width * _outputs);
                    ReadOnlySpan<float> logits = mean.Add(n, pass, whole, width, Views[pass]);
                    if (pass == Views.Count - 1)
                        visit(slabs.SliceAt(first + n), logits);
                }
            }
        }
    }

    /// <summary>Fills the network's images with slices and their neighbours; round them lies the window's minimum.</summary>
    private void Show(NeighbouringSlices slices, Geometry geometry, int first, int count, SliceView view)
    {
        Array.Fill(_images, _window.Minimum);
        Span<float> planes = _slices == 1 ? [] : new float[_slices * geometry.Width];
        for (int n = 0; n < count; n++)
            for (int y = 0; y < geometry.Height; y++)
            {
                int start = ((n * _size.Height + y + view.Shift) * _size.Width + view.Shift) * _slices;
                Span<float> row = _images.AsSpan(start, geometry.Width * _slices);
                for (int c = 0; c < _slices; c++)
                {
                    Span<float> plane = _slices == 1 ? row : planes.Slice(c * geometry.Width, geometry.Width);
                    _window.Map(slices.Slice(first + n, c).Slice(y * geometry.Width, geometry.Width), plane);
                    if (view.Mirrored)
                        plane.Reverse();
                }

                if (_slices > 1)
                    Channels.Interleave(planes, _slices, row);
            }
    }

    /// <summary>Runs the network over a batch of windowed slices.</summary>
    /// <param name="images">(N, H, W, C), N the batch that the predictor was made with, C the model's slices.</param>
    /// <param name="height">H, a multiple of 8.</param>
    /// <param name="width">W, likewise.</param>
    /// <param name="logits">(N, H, W, outputs), overwritten.</param>
    internal void Logits(ReadOnlySpan<float> images, int height, int width, Span<float> logits)
    {
        Network network = NetworkFor(height, width, _batch);
        network.Backend.Write(network.Images, images);
        network.Forward(training: false);
        network.Backend.Read(network.Logits, logits);
    }

    /// <summary>Copies the weights and running statistics of a network of the same model, as they predict.</summary>
    internal void CopyWeights(Network from)
    {
        foreach (var parameter in from.Parameters)
        {
            if (!_weights.TryGetValue(parameter.Name, out float[]? words))
                _weights.Add(parameter.Name, words = new float[parameter.Count]);
            from.Backend.Read(parameter.Predicting, words);
        }

        if (_network is not null && _network != from)
            WriteWeights(_network);
    }

    /// <inheritdoc/>
    public void Dispose() => _network?.Dispose();

    private int Organs => _softmax ? _outputs - 1 : _outputs;

    private int RoundUp(int size) => (size + _model.SizeMultiple - 1) / _model.SizeMultiple * _model.SizeMultiple;

    private Network NetworkFor(int height, int width, int batch)
    {
        if (_network is not null && _size == (height, width, batch))
            return _network;
        _network?.Dispose();
        _network = null;
        _network = new Network(_model, batch, height, width, _slices, _outputs, NetworkUse.Inference, _open());
        _size = (height, width, batch);
        (_images, _logits) = (new float[_network.Images.Length], new float[_network.Logits.Length]);
        WriteWeights(_network);
        return _network;
    }

    private void WriteWeights(Network network)
    {
        foreach (var parameter in network.Parameters)
            if (_weights.TryGetValue(parameter.Name, out float[]? words))
                network.Backend.Write(parameter.Value, words);
    }

    private float Probability(ReadOnlySpan<float> logits, int organ)
    {
        if (!_softmax)
            return (float)(1 / (1 + Math.Exp(-logits[organ])));
        double top = double.NegativeInfinity, sum = 0;
        foreach (float z in logits)
            top = Math.Max(top, z);
        foreach (float z in logits)
            sum += Math.Exp(z - top);
        return (float)(Math.Exp(logits[organ + 1] - top) / sum);
    }
}
