using Smile.Host.Imaging.Nifti;
using Smile.Host.Import;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Bench.Accuracy;

/// <summary>Partly annotated cases, every fifth of each folder (the fifth, the tenth, ... of the sorted names) held out.</summary>
internal sealed class AccuracyData
{
    private static readonly string[] _slices = ["Dataset801_MsdLiver", "Dataset802_NihPancreas", "Dataset803_MsdSpleen"];

    private AccuracyData(OrganSet organs, CaseData[] training, CaseData[] heldOut) =>
        (Organs, Training, HeldOut) = (organs, training, heldOut);

    public OrganSet Organs { get; }

    public CaseData[] Training { get; }

    public CaseData[] HeldOut { get; }

    /// <summary>The real slices of the shared data, where they are; else nothing.</summary>
    public static string[] Slices()
    {
        string[] folders = [.. _slices.Select(name => Path.Combine(SharedData.Folder(), "slices", name))];
        return folders.All(Directory.Exists) ? folders : [];
    }

    /// <summary>Folders whose images were taken with left and right exchanged.</summary>
    public IReadOnlyList<string> Mirrored { get; private init; } = [];

    /// <summary>Loads the folders.</summary>
    /// <param name="folders">Data sets.</param>
    /// <param name="flags">
    /// <see cref="AccuracyOptions.Stored"/>: also those that <see cref="LateralityCheck"/> finds mirrored are taken as they are;
    /// <see cref="AccuracyOptions.Quick"/>: of each folder one case is held out, and the others that would be are left out.
    /// </param>
    /// <exception cref="DataException">One cannot be read, or holds fewer than five cases.</exception>
    public static AccuracyData Load(string[] folders, string[] flags)
    {
        Dataset dataset = Dataset.Open(folders, new NiftiVolumeReader());
        var laterality = new LateralityCheck(dataset.Organs);
        var loaded = new Dictionary<string, CaseData>(StringComparer.Ordinal);
        foreach (Case each in dataset.Training)
        {
            loaded[each.Id] = dataset.Load(each);
            laterality.Add(each, loaded[each.Id].Labels, loaded[each.Id].Geometry.Width);
        }

        string[] mirrored = flags.Contains(AccuracyOptions.Stored) ? [] : [.. laterality.MirroredFolders];
        var training = new List<CaseData>();
        var heldOut = new List<CaseData>();
        foreach (var folder in dataset.Training.GroupBy(each => each.Folder))
        {
            var cases = folder.OrderBy(each => each.NameInFolder, StringComparer.Ordinal).Index();
            if (flags.Contains(AccuracyOptions.Quick))
                cases = cases.Where(each => each.Index % 5 != 4 || each.Index == 4);
            foreach ((int i, Case each) in cases)
                (i % 5 == 4 ? heldOut : training).Add(mirrored.Contains(folder.Key) ? Mirror(loaded[each.Id]) : loaded[each.Id]);
        }

        if (heldOut.Count == 0)
            throw new DataException($"{folders[0]}: no folder has five cases, of which the fifth is held out.");
        return new AccuracyData(dataset.Organs, [.. training], [.. heldOut]) { Mirrored = mirrored };
    }

    private static CaseData Mirror(CaseData data)
    {
        Volume image = data.Image.ToVolume();
        byte[] labels = data.Labels.ToArray();
        Sides.Exchange<float>(image.Voxels, image.Geometry.Width);
        Sides.Exchange<byte>(labels, image.Geometry.Width);
        return new CaseData(data.Id, image, labels, data.Annotated, data.Truth) { Group = data.Group };
    }

    /// <summary>Mean Dice over the held-out cases in which the organ is annotated, an organ each; NaN where there is none.</summary>
    /// <param name="labels">Label maps of <see cref="HeldOut"/>.</param>
    public double[] Dice(byte[][] labels)
    {
        var scores = Organs.Names.Select(_ => new List<double>()).ToArray();
        foreach ((CaseData data, byte[] found) in HeldOut.Zip(labels))
        {
            for (int k = 0; k < scores.Length; k++)
                if (data.Annotated.Has(k))
                    scores[k].Add(Overlap(found, data.Labels.ToArray(), Labels.Of(k)));
        }

        return [.. scores.Select(each => each.DefaultIfEmpty(double.NaN).Average())];
    }

    /// <summary>Dice of one organ; 1 where it is in neither.</summary>
    private static double Overlap(ReadOnlySpan<byte> found, ReadOnlySpan<byte> truth, byte label)
    {
        long both = 0, sum = found.Count(label) + truth.Count(label);
        for (int i = 0; i < found.Length; i++)
            both += found[i] == label && truth[i] == label ? 1 : 0;
        return sum == 0 ? 1 : 2.0 * both / sum;
    }
}
