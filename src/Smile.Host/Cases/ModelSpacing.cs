using System.Globalization;
using Smile.Host.Cli;
using Smile.Net.Data;
using Smile.Net.Runs;

namespace Smile.Host.Cases;

/// <summary>What is said of the spacing that a model was trained at, and of volumes that differ from it.</summary>
internal static class ModelSpacing
{
    /// <summary>Says what is done with the slices of whatever the model is given.</summary>
    /// <param name="session">Where.</param>
    /// <param name="path">The checkpoint's.</param>
    /// <param name="model">What it says of itself.</param>
    public static void Tell(Session session, string path, Checkpoint model)
    {
        if (Warning(path, model) is { } warning)
            session.Note(warning);
        else if (model.Settings.PlaneSpacing() is { } spacing)
            session.Note(string.Create(CultureInfo.InvariantCulture,
                $"slices are brought to {spacing.Y:G4} x {spacing.X:G4} mm (y, x), the labels back to the image's grid"));
    }

    /// <summary>What is to be said of a model that was stored without its spacing; null of others.</summary>
    public static string? Warning(string path, Checkpoint model) => model.Spacing is not null ? null
        : $"warning: {path}: does not say at which spacing it was trained (it was written before Smile stored that): "
            + "volumes are predicted as they are, which is right only at the spacing of its training cases.";

    /// <summary>What speaks against predicting a volume with the model, with the volume's name; null where nothing does.</summary>
    /// <exception cref="Smile.Net.DataException">Its spacing cannot be brought to the model's.</exception>
    public static string? Doubt(string image, Geometry volume, Checkpoint model)
    {
        PlaneSpacing? spacing = model.Settings.PlaneSpacing();
        PlaneGrid.To(image, volume, spacing);
        return model.Spacing?.Doubt(volume, spacing) is { } doubt ? $"{image}: {doubt}" : null;
    }
}
