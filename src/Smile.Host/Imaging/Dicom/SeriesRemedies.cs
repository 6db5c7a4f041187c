namespace Smile.Host.Imaging.Dicom;

/// <summary>Faults of a CT series that whoever asks for it agrees to have mended; each is told as a warning.</summary>
/// <param name="AcceptGaps">Missing slices are interpolated.</param>
/// <param name="Resample">A tilted gantry's slices are resampled to an upright grid.</param>
/// <param name="Choices">Which acquisition is meant of a series that holds several between each other; null is none.</param>
internal readonly record struct SeriesRemedies(bool AcceptGaps, bool Resample, IReadOnlyList<SliceChoice>? Choices = null);
