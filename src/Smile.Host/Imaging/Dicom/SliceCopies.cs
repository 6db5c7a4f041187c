using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>Images that lie in a folder several times: copied, exported twice, in another transfer syntax.</summary>
internal static class SliceCopies
{
    /// <summary>Leaves out each slice that lies where another does and holds the same HU.</summary>
    /// <param name="slices">In the order of their places.</param>
    /// <param name="samePosition">mm; slices closer than this are at one place.</param>
    /// <param name="warnings">Hears how many there are; names of files, which may be patients', are no part of it.</param>
    /// <exception cref="Smile.Net.DataException">The pixels of two slices at one place cannot be read.</exception>
    public static CtSlice[] Drop(CtSlice[] slices, double samePosition, List<string> warnings)
    {
        var kept = new List<CtSlice>(slices.Length);
        int dropped = 0;
        foreach (CtSlice slice in slices)
        {
            int twin = kept.Count - 1;
            while (twin >= 0 && Distance(kept[twin], slice) < samePosition && !SameImage(kept[twin], slice))
                twin--;
            if (twin >= 0 && Distance(kept[twin], slice) < samePosition)
                dropped++;
            else
                kept.Add(slice);
        }

        if (dropped > 0)
            warnings.Add($"{kept[0].File.Path}: {Words.Count(dropped, "image is", "images are")} there again, at the same place and "
                + "with the same HU: each image counts once.");

        string[] repeated = [.. kept.Where(slice => slice.Format.Frames == 1).Select(slice => slice.File.Dataset
            .Text(DicomTags.SOPInstanceUID)).Where(uid => uid.Length > 0)
            .GroupBy(uid => uid).Where(same => same.Count() > 1).Select(same => same.Key)];
        if (repeated.Length > 0)
            warnings.Add($"{kept[0].File.Path}: different images have one {DicomTags.SOPInstanceUID} ({repeated.Length} such); they are "
                + "told apart by their places.");
        return dropped == 0 ? slices : [.. kept];
    }

    private static double Distance(CtSlice a, CtSlice b) =>
        Math.Sqrt(Square(a.Position[0] - b.Position[0]) + Square(a.Position[1] - b.Position[1]) + Square(a.Position[2] - b.Position[2]));

    private static double Square(double value) => value * value;

    /// <summary>True where pixels, once in HU, are the same; sizes and spacing are those of one series.</summary>
    private static bool SameImage(CtSlice a, CtSlice b)
    {
        float[] one = new float[a.Format.Pixels], other = new float[b.Format.Pixels];
        DicomSeries.ReadSlice(a, one);
        DicomSeries.ReadSlice(b, other);
        return one.AsSpan().SequenceEqual(other);
    }
}
