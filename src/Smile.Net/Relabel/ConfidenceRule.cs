using System.Numerics;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Net.Data;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Settings;
using Smile.Net.Tensors;
using Smile.Net.Training;

namespace Smile.Net.Relabel;

/// <summary>Runs a network over a batch of windowed slices, (N, H, W, 1) to logits (N, H, W, K), sizes as in training.</summary>
internal delegate void BatchPass(ReadOnlySpan<float> images, Span<float> logits);

/// <summary>
/// Learned confidence (after Petit, Thome and Soler 2021, "Iterative confidence relabeling with deep ConvNets for organ segmentation with
/// partial labels"): a small network sees the slice and the logits, and says for each organ whether a voxel that is predicted as the organ
/// is the organ. It learns that on annotated organs, anew each round, while the segmenting network stays as it is. Candidates rank by it;
/// the number taken is the paper's. An organ that is predicted nowhere where it is annotated ranks by its score.
/// </summary>
internal sealed class ConfidenceRule(SlicePass pass, BatchPass batchPass, RunSettings settings, int organs, Func<IBackend> open)
    : ISelectionRule
{
    // Enough for a network this small; a tenth of the time of a short study's training.
    private const int Updates = 100, InitStream = 3, SamplerStream = 4;
    private const float LearningRate = 0.05f, Momentum = 0.9f, WeightDecay = 5e-4f;

    private static readonly ModelSettings _model = new() { Backbone = "tiny", Width = 8, OutputStride = 4, Head = "conv" };

    private readonly Dictionary<string, float[]> _weights = new(StringComparer.Ordinal);
    private readonly Window _window = settings.Intensities;
    private Network? _network;
    private (int Height, int Width) _size;
    private OrganBits _learnt;

    public void Learn(IEnumerable<CaseData> cases, CancellationToken cancel)
    {
        SamplerSettings batches = settings.ForSampler() with { KnownOnly = true, Epsilon = false };
        int pixels = batches.Batch * batches.Height * batches.Width, masks = pixels * MaskWords.Of(organs);
        var sampler = new SliceSampler([.. cases], organs, batches, new Rng((ulong)settings.Run.Seed, SamplerStream));
        float[] images = new float[pixels * batches.Slices], logits = new float[pixels * organs], input = new float[pixels * (1 + organs)],
            losses = new float[organs];
        uint[] isOrgan = new uint[masks], isKnown = new uint[masks];
        Place isOrganAt = default, isKnownAt = default, lossesAt = default, countsAt = default;
        using var network = new Network(_model, batches.Batch, batches.Height, batches.Width, 1 + organs, organs, NetworkUse.Training,
            open(), plan =>
        {
            isOrganAt = plan.Take(Arena.Batch, masks);
            isKnownAt = plan.Take(Arena.Batch, masks);
            lossesAt = plan.Take(Arena.Batch, organs);
            countsAt = plan.Take(Arena.Batch, organs);
        }, LogitsSize.Features);
        network.Initialise(new Rng((ulong)settings.Run.Seed, InitStream));
        Shape size = network.LogitsShape;
        var schedule = new RateSchedule(LearningRate, settings.Train.Power, Updates);
        _learnt = 0;
        for (int step = 0; step < Updates; step++)
        {
            cancel.ThrowIfCancellationRequested();
            sampler.Next(images, isOrgan, isKnown, []);
            batchPass(images, logits);
            long judged = Judge(logits, isKnown, batches.Height * batches.Width, organs, ref _learnt);
            if (judged == 0)
                continue;
            Interleave(images, batches.Slices, logits, input);
            network.Backend.Write(network.Images, input);
            network.Backend.Write(isOrganAt, isOrgan);
            network.Backend.Write(isKnownAt, isKnown);
            network.Forward(training: true);
            network.Backend.ResizedBce(new ResizedBceShape(size.Batch, size.Height, size.Width, batches.Height, batches.Width, organs,
                1f / judged),
                network.Logits, isOrganAt, isKnownAt, lossesAt, countsAt, network.LogitsGradient);
            network.Backend.Read(lossesAt, losses);
            if (!losses.All(float.IsFinite))
                throw new DivergedException($"relabel.select confidence: the loss of update {step + 1} is not finite. Use another rule.");
            network.Backward();
            network.Update(schedule.At(step), headFactor: 1, Momentum, WeightDecay);
        }

        foreach (Parameter parameter in network.Parameters)
            network.Backend.Read(parameter.Value, _weights[parameter.Name] = new float[parameter.Count]);
        if (_network is not null)
            WriteWeights(_network);
    }

    public void EachSlice(Volume volume, RankVisitor visit, CancellationToken cancel)
    {
        Geometry grid = volume.Geometry;
        Network network = NetworkFor((grid.Height + 7) / 8 * 8, (grid.Width + 7) / 8 * 8);
        float[] image = new float[grid.Width], input = new float[network.Images.Length], output = new float[network.Logits.Length];
        var ranks = new float[grid.Height * grid.Width * organs];
        pass(volume, (z, logits) =>
        {
            // Beyond the slice: the lowest intensity, and certainly no organ.
            Array.Fill(input, -1f);
            for (int i = 0; i < input.Length; i += 1 + organs)
                input[i] = _window.Minimum;
            for (int y = 0; y < grid.Height; y++)
            {
                _window.Map(volume.Slice(z).Slice(y * grid.Width, grid.Width), image);
                Interleave(image, 1, logits.Slice(y * grid.Width * organs, grid.Width * organs),
                    input.AsSpan(y * _size.Width * (1 + organs)));
            }

            network.Backend.Write(network.Images, input);
            network.Forward(training: false);
            network.Backend.Read(network.Logits, output);
            for (int i = 0; i < ranks.Length; i++)
            {
                int p = i / organs, k = i % organs, y = p / grid.Width, x = p % grid.Width;
                ranks[i] = _learnt.Has(k) ? output[(y * _size.Width + x) * organs + k] : logits[i];
            }

            visit(z, logits, ranks);
        }, cancel);
    }

    public void Dispose() => _network?.Dispose();

    /// <summary>
    /// Leaves known what is to be judged: voxels predicted as an organ (z &gt; 0) that is annotated. Adds the organs judged to
    /// <paramref name="met"/> and returns the number of judgements.
    /// </summary>
    /// <param name="logits">(N, pixels, organs).</param>
    /// <param name="isKnown">(N, words, pixels).</param>
    /// <param name="pixels">Of an image.</param>
    /// <param name="organs">K.</param>
    /// <param name="met">Gets the organs judged.</param>
    internal static long Judge(ReadOnlySpan<float> logits, Span<uint> isKnown, int pixels, int organs, ref OrganBits met)
    {
        long judged = 0;
        int words = MaskWords.Of(organs);
        for (int p = 0; p < isKnown.Length; p++)
        {
            int image = p / (words * pixels), word = p / pixels % words, first = MaskWords.Bits * word;
            ReadOnlySpan<float> z = logits.Slice((image * pixels + p % pixels) * organs, organs);
            uint predicted = 0;
            for (int k = first; k < Math.Min(first + MaskWords.Bits, organs); k++)
                predicted |= z[k] > 0 ? 1u << k : 0;
            isKnown[p] &= predicted;
            met |= new OrganBits((UInt128)isKnown[p] << first);
            judged += BitOperations.PopCount(isKnown[p]);
        }

        return judged;
    }

    /// <summary>
    /// A pixel's input: its windowed intensity, then each logit squeezed into [-1, 1]. Of several slices the middle one counts.
    /// </summary>
    private void Interleave(ReadOnlySpan<float> images, int slices, ReadOnlySpan<float> logits, Span<float> input)
    {
        for (int p = 0; p < images.Length / slices; p++)
        {
            input[p * (1 + organs)] = images[p * slices + slices / 2];
            for (int k = 0; k < organs; k++)
                input[p * (1 + organs) + 1 + k] = MathF.Tanh(logits[p * organs + k] / 4);
        }
    }

    private Network NetworkFor(int height, int width)
    {
        if (_network is not null && _size == (height, width))
            return _network;
        _network?.Dispose();
        _network = null;
        _network = new Network(_model, 1, height, width, 1 + organs, organs, NetworkUse.Inference, open());
        _size = (height, width);
        WriteWeights(_network);
        return _network;
    }

    private void WriteWeights(Network network)
    {
        foreach (Parameter parameter in network.Parameters)
            network.Backend.Write(parameter.Value, _weights[parameter.Name]);
    }
}
