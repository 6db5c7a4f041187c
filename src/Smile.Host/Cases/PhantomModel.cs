using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Runs;

namespace Smile.Host.Cases;

/// <summary>A model that has seen nothing but phantoms, such as the one shipped with Smile, on images that are none.</summary>
internal static class PhantomModel
{
    /// <summary>A warning; null where the model has seen more, or all images are phantoms.</summary>
    /// <param name="path">The model's.</param>
    /// <param name="model">The model.</param>
    /// <param name="images">What it is to be used on.</param>
    public static string? Warning(string path, Checkpoint model, IEnumerable<string> images)
    {
        string[] others = model.SeenOnly.Length == 0 ? [] : [.. images.Where(IsOther)];
        return others.Length == 0
            ? null
            : $"warning: {path} has seen nothing but {model.SeenOnly}, and "
                + $"{Words.Count(others.Length, "image is none", "images are none")} ({others[0]}{(others.Length > 1 ? ", ..." : "")}): "
                + "what it finds there means nothing. Train a model on such images ('smile train') and give it to --model.";
    }

    /// <summary>Everything but what <c>smile phantom</c> wrote; an image that cannot be read fails by itself.</summary>
    private static bool IsOther(string image)
    {
        if (Directory.Exists(image) || !LabelFiles.Endings.Any(ending => image.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            return true; // a DICOM series
        try
        {
            return NiftiReader.ReadHeader(image).Header.Description != NiftiHeader.Phantom;
        }
        catch (DataException)
        {
            return false;
        }
    }
}
