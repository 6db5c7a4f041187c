using System.Diagnostics;
using Smile.Net;
using Smile.Net.Augment;
using Smile.Net.Data;
using static TorchSharp.torch;

namespace Smile.Bench.Accuracy;

/// <summary>
/// nnU-Net v2's defaults in two dimensions (Isensee et al. 2021; default_experiment_planner.py and nnUNetTrainer.py of MIC-DKFZ/nnUNet):
/// its network for these slices, its batch, cross-entropy and Dice with deep supervision, SGD 0.01 with Nesterov's momentum 0.99, poly,
/// intensities normalised from the annotated voxels, mirror images averaged in prediction. It knows no partial labels, so each organ has
/// a network of its own. What is not nnU-Net's: the schedule is laid over the time instead of 1000 epochs of 250 updates, and the
/// augmentation is this project's after it, with turns by any angle as it makes them for square slices, but mirrored left to right
/// alone.
/// </summary>
internal sealed class NnUNetOrgans() : OrganByOrgan("nnunet", "nnU-Net v2's 2D defaults, for each organ alone, libtorch")
{
    private const int Size = 128;

    private const double LearningRate = 0.01;

    /// <summary>Slices that fit the memory nnU-Net plans for; one update is to see no more than this share of the slices.</summary>
    private const int MostSlices = 192;
    private const double MostOfAll = 0.05;

    public override bool IsSlow => true;

    protected override (IOrganNetwork Network, Effort Effort) Teach(CaseData[] cases, Budget budget, int seed)
    {
        random.manual_seed(seed);
        AnnotatedIntensities found = AnnotatedIntensities.Of(cases);
        var window = new Window((float)found.Low, (float)found.High, (float)found.Mean, (float)found.Deviation);
        var network = new NnUNet(window);
        int batch = (int)Math.Clamp(Math.Round(MostOfAll * cases.Sum(each => each.Geometry.Depth)), 2, MostSlices);
        var sampler = new SliceSampler(cases, 1, new SamplerSettings
        {
            Batch = batch,
            Height = Size,
            Width = Size,
            Window = window,
            OrganShare = 1.0 / 3,
            KnownOnly = true,
            Augment = AugmentPresets.Of(AugmentPresets.NnUnet) with { Rotation = 180, Flip = true },
        }, new Rng((ulong)seed, 2));
        float[] images = new float[batch * Size * Size];
        uint[] isOrgan = new uint[images.Length], isKnown = new uint[images.Length];
        using var optimizer = optim.SGD(network.parameters(), LearningRate, momentum: 0.99, weight_decay: 3e-5, nesterov: true);
        long start = Stopwatch.GetTimestamp();
        int updates = 0;
        for (double done; (done = budget.Done(start, updates)) < 1; updates++)
        {
            using var scope = NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = LearningRate * Math.Pow(1 - done, 0.9);
            sampler.Next(images, isOrgan, isKnown, []);
            Tensor truth = tensor([.. isOrgan.Select(word => (long)word)], [batch, 1, Size, Size]);
            Tensor[] logits = network.AtAll(tensor(images, [batch, 1, Size, Size]));
            Tensor loss = zeros(1);
            // Halved from each resolution to the next; the coarsest has none.
            double weight = 1, sum = 2 - Math.Pow(0.5, logits.Length - 2);
            for (int i = 0; i < logits.Length - 1; i++, weight /= 2)
                loss += weight / sum * Loss(logits[i],
                    truth[TensorIndex.Ellipsis, TensorIndex.Slice(step: 1L << i), TensorIndex.Slice(step: 1L << i)]);
            optimizer.zero_grad();
            loss.backward();
            nn.utils.clip_grad_norm_(network.parameters(), 12);
            optimizer.step();
        }

        return (network, new Effort(updates, (long)updates * batch, Stopwatch.GetElapsedTime(start).TotalSeconds));
    }

    /// <summary>Mean cross-entropy, less the Dice of the organ over the batch.</summary>
    private static Tensor Loss(Tensor logits, Tensor truth)
    {
        Tensor ce = nn.functional.cross_entropy(logits, truth.squeeze(1));
        Tensor p = logits.softmax(1)[TensorIndex.Colon, TensorIndex.Single(1)], y = truth.squeeze(1).to_type(ScalarType.Float32);
        return ce - (2 * (p * y).sum() + 1e-5) / (p.sum() + y.sum() + 1e-5).clamp_min(1e-8);
    }
}
