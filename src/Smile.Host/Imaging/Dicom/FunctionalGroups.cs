using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// Where the elements of one frame are (PS3.3, C.7.6.16): in its own functional groups, else in the shared ones, else, as in a
/// single-frame image, in the data set itself.
/// </summary>
internal sealed class FunctionalGroups
{
    private readonly IDicomDataset _set;
    private readonly IDicomDataset[] _nearestFirst;

    private FunctionalGroups(IDicomDataset set, params IDicomDataset[] nearestFirst) => (_set, _nearestFirst) = (set, nearestFirst);

    /// <summary>One for each frame.</summary>
    /// <exception cref="DataException">There are several frames and not as many groups.</exception>
    public static IReadOnlyList<FunctionalGroups> Of(IDicomDataset set, int frames)
    {
        IReadOnlyList<IDicomDataset> own = set.Items(DicomTags.PerFrameFunctionalGroupsSequence);
        IReadOnlyList<IDicomDataset> shared = set.Items(DicomTags.SharedFunctionalGroupsSequence);
        if (own.Count == 0 && frames == 1)
            return [new FunctionalGroups(set, [.. shared])];
        return own.Count == frames ? [.. own.Select(frame => new FunctionalGroups(set, [frame, .. shared]))]
            : throw set.Bad(DicomTags.PerFrameFunctionalGroupsSequence,
                $"{Words.Count(own.Count, "item", "items")} for {Words.Count(frames, "frame", "frames")}; each frame's place is wanted. "
                + "Export the series as an enhanced multi-frame object, or as single images.");
    }

    /// <summary>
    /// The item of <paramref name="sequence"/> with a value of <paramref name="element"/>; the data set itself where none has one.
    /// </summary>
    public IDicomDataset Find(DicomTag sequence, DicomTag element)
    {
        foreach (IDicomDataset group in _nearestFirst)
        {
            if (group.Items(sequence) is [IDicomDataset item, ..] && item.Has(element))
                return item;
        }

        return _set;
    }
}
