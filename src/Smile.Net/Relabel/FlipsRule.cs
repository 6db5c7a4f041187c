using System.Numerics.Tensors;
using Smile.Net.Augment;
using Smile.Net.Data;

namespace Smile.Net.Relabel;

/// <summary>
/// Agreement under the test-time flip (after Wang et al. 2019, "Aleatoric uncertainty estimation with test-time augmentation"): each slice
/// is predicted as it is and mirrored left to right, and a voxel ranks by the lower of its two logits, which is their mean less their
/// standard deviation: where the views agree that is the score, where they disagree it is less. The number taken is the paper's. A network
/// knows mirrored patients only if it was trained with <see cref="AugmentSettings.Flip"/>; else liver and stomach change sides to it, and
/// their disagreement says little.
/// </summary>
internal sealed class FlipsRule(SlicePass pass, int organs) : ISelectionRule
{
    // Slices that are predicted at once, in both views.
    private const int Chunk = 8, Views = 2;

    public void EachSlice(Volume volume, RankVisitor visit, CancellationToken cancel)
    {
        Geometry grid = volume.Geometry;
        float[] plain = new float[grid.Height * grid.Width * organs], ranks = new float[plain.Length];
        for (int first = 0; first < grid.Depth; first += Chunk)
        {
            int start = first;
            pass(InBothViews(volume, start, Math.Min(Chunk, grid.Depth - start)), (slice, logits) =>
            {
                if (slice % Views == 0)
                {
                    logits.CopyTo(plain);
                    return;
                }

                Mirror(logits, ranks, grid, organs);
                TensorPrimitives.Min(plain, ranks, ranks); // NaN if either is
                visit(start + slice / Views, plain, ranks);
            }, cancel);
        }
    }

    /// <summary>Slices of a volume, each as it is and mirrored.</summary>
    private static Volume InBothViews(Volume volume, int first, int count)
    {
        Geometry grid = volume.Geometry;
        var views = new Volume(grid with { Depth = count * Views }, new float[count * Views * grid.Height * grid.Width]);
        for (int i = 0; i < count; i++)
        {
            volume.Slice(first + i).CopyTo(views.Slice(Views * i));
            Mirror(volume.Slice(first + i), views.Slice(Views * i + 1), grid, 1);
        }

        return views;
    }

    /// <summary>Left to right; doing it twice gives the slice back.</summary>
    private static void Mirror(ReadOnlySpan<float> from, Span<float> to, Geometry grid, int channels)
    {
        for (int y = 0; y < grid.Height; y++)
            for (int x = 0; x < grid.Width; x++)
                from.Slice((y * grid.Width + x) * channels, channels).CopyTo(to[(((y + 1) * grid.Width - 1 - x) * channels)..]);
    }
}
