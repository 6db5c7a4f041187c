using Smile.Net.Settings;

namespace Smile.Net.Prediction;

/// <summary>How slices are shown to the network in one of several passes whose logits are averaged.</summary>
/// <param name="Mirrored">Left and right changed over.</param>
/// <param name="Shift">Rows and columns that the slice is moved by, down and to the right, voxels.</param>
public readonly record struct SliceView(bool Mirrored, int Shift)
{
    /// <summary>As they are.</summary>
    public static SliceView Plain => default;

    /// <summary>
    /// Test-time augmentation: as they are, and moved by half an output stride, where the network's grid lies between that of the first
    /// pass; both mirrored too where the model learnt from mirrored slices.
    /// </summary>
    /// <param name="settings">Of the run that made the model.</param>
    public static IReadOnlyList<SliceView> Augmented(RunSettings settings)
    {
        int shift = settings.Model.OutputStride / 2;
        return settings.Augment.Flip ? [Plain, new(false, shift), new(true, 0), new(true, shift)] : [Plain, new(false, shift)];
    }
}
