using Smile.Host.Imaging.Nifti;
using Smile.Host.Phantom;
using Smile.Net.Data;

namespace Smile.Bench.Data;

/// <summary>
/// A data set of many cases in a folder: two phantoms of 512 x 512 x 25, each case one of them with its slices rotated and its HU shifted,
/// so that no two slices of the set are alike.
/// </summary>
internal static class LargeSet
{
    public const int Size = 512, Depth = 25;

    // One case is held out, so that scoring does not take most of the time.
    private const int HeldOut = 1;

    /// <summary>Writes it, uncompressed.</summary>
    public static void Write(string folder, int cases)
    {
        var options = new PhantomOptions { Width = Size, Height = Size, Depth = Depth };
        (Volume Image, LabelMap Labels)[] phantoms = [.. Enumerable.Range(0, 2).Select(i => PhantomCase.Generate(options, i))];
        foreach (string part in new[] { "imagesTr", "labelsTr" })
            Directory.CreateDirectory(Path.Combine(folder, part));
        string[] names = [.. Enumerable.Range(0, cases).Select(i => $"case_{i:D4}x")];
        for (int i = 0; i < cases; i++)
        {
            (Volume image, LabelMap labels) = phantoms[i % phantoms.Length];
            var own = new Volume(image.Geometry, new float[image.Voxels.Length]);
            var map = new LabelMap(image.Geometry, new byte[own.Voxels.Length]);
            for (int z = 0; z < Depth; z++)
            {
                int from = (z + i / phantoms.Length) % Depth;
                labels.Slice(from).CopyTo(map.Slice(z));
                image.Slice(from).CopyTo(own.Slice(z));
                foreach (ref float hu in own.Slice(z))
                    hu += i / phantoms.Length / Depth * 3 - 9;
            }

            NiftiWriter.WriteInt16(Path.Combine(folder, "imagesTr", names[i] + "_0000.nii"), own);
            NiftiWriter.Write(Path.Combine(folder, "labelsTr", names[i] + ".nii"), map);
        }

        string organs = string.Join(", ", PhantomCase.Organs.Select((name, k) => $"\"{name}\": {k + 1}"));
        File.WriteAllText(Path.Combine(folder, "dataset.json"),
            $$"""{ "channel_names": { "0": "CT" }, "labels": { "background": 0, {{organs}} }, "file_ending": ".nii" }""");
        Splits.Write(Path.Combine(folder, Splits.FileName), [new Split(names[HeldOut..], names[..HeldOut])]);
    }
}
