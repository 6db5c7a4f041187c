using System.Text.Json.Nodes;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Phantom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Bench.Spacing;

/// <summary>An image and what is in it.</summary>
internal sealed record Subject(string Name, Volume Image, LabelMap Truth);

/// <summary>Phantoms, and the labelled CT of the shared data (SMILE_TEST_DATA).</summary>
internal static class Subjects
{
    // Of TotalSegmentator's 117 classes: liver, pancreas, stomach.
    private static readonly byte[] _classes = [5, 7, 6];

    public static OrganSet Organs { get; } = new(PhantomCase.Organs);

    /// <summary>A phantom of about 1 mm in the plane, none of those that are trained on.</summary>
    public static Subject Phantom(int index)
    {
        var options = new PhantomOptions { Depth = 24, Height = 400, Width = 400, Seed = 8 };
        (Volume image, LabelMap truth) = PhantomCase.Generate(options, index);
        return new Subject($"phantom {index}", image, truth);
    }

    /// <summary>Writes a data set of the two labelled CT and returns them: a body at 3 mm, a slab of an abdomen at 0.98 mm.</summary>
    /// <exception cref="DataException">There are no shared data.</exception>
    public static Subject[] WriteRealCt(string folder)
    {
        string data = Path.Combine(SharedData.Folder(), "totalsegmentator");
        if (!Directory.Exists(data))
            throw new DataException($"{data} is not there: name the folder of the shared data with {SharedData.Variable}.");
        Subject[] subjects =
        [
            new("CT, body, 3 mm", NiftiReader.ReadVolume(Path.Combine(data, "example_ct.nii.gz")).Volume,
                Labels(Path.Combine(data, "example_seg_fast_force_split.nii.gz"))),
            new("CT, abdomen, 0.98 mm", DicomVolumeReader.CtSeries(Path.Combine(data, "example_ct_dicom")).ReadVolume(warn: null),
                Labels(Path.Combine(data, "example_seg_dicom.nii.gz"))),
        ];
        foreach (string part in new[] { "imagesTr", "labelsTr" })
            Directory.CreateDirectory(Path.Combine(folder, part));
        for (int i = 0; i < subjects.Length; i++)
        {
            LabelMaps.CheckGrid("truth", subjects[i].Truth.Geometry, subjects[i].Name, subjects[i].Image.Geometry);
            NiftiWriter.WriteInt16(Path.Combine(folder, "imagesTr", $"case_{i}_0000.nii.gz"), subjects[i].Image);
            NiftiWriter.Write(Path.Combine(folder, "labelsTr", $"case_{i}.nii.gz"),
                new LabelMap(subjects[i].Image.Geometry, subjects[i].Truth.Voxels));
        }

        var labels = new JsonObject { ["background"] = 0 };
        for (int k = 0; k < Organs.Count; k++)
            labels[Organs.Names[k]] = k + 1;
        var json = new JsonObject
        {
            ["channel_names"] = new JsonObject { ["0"] = "CT" },
            ["labels"] = labels,
            ["numTraining"] = subjects.Length,
            ["file_ending"] = ".nii.gz",
        };
        File.WriteAllText(Path.Combine(folder, "dataset.json"), json.ToJsonString());
        return subjects;
    }

    private static LabelMap Labels(string path)
    {
        LabelMap all = NiftiReader.ReadLabels(path).Labels;
        return new LabelMap(all.Geometry, [.. all.Voxels.Select(value => (byte)(Array.IndexOf(_classes, value) + 1))]);
    }
}
