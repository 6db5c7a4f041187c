using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Import;

/// <summary>Folders as 3D-IRCADb's: PATIENT_DICOM/image_N, MASKS_DICOM/ORGAN/image_N of 0 and 255, 8 bits.</summary>
public sealed class IrcadCaseTests : DicomFolder
{
    private const int Slices = 3, Rows = 4, Columns = 5;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Masks_of_each_slice_become_labels(bool placed, bool deeper)
    {
        Write(placed: placed, deeper: deeper);
        CliResult result = Import();
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("DICOM series with DICOM masks (3D-IRCADb): 1", result.Error, StringComparison.Ordinal);
        Dataset dataset = Dataset.Open([At("out")], new NiftiVolumeReader());
        Assert.All([result.Error, File.ReadAllText(At("out/manifest.json"))], text => Assert.Contains(
            "spleen: its masks are empty; it is taken for not annotated", text, StringComparison.Ordinal));
        Assert.Equal(["liver"], dataset.Organs.NamesOf(Assert.Single(dataset.Training).Annotated));
        CaseData data = dataset.Load(dataset.Training[0]);
        Assert.Equal((Slices, Rows, Columns), (data.Geometry.Depth, data.Geometry.Height, data.Geometry.Width));
        // Slice k has a liver of k + 1 pixels from the first row's first, which is the volume's last, and HU 100 k. There is no spleen.
        for (int k = 0; k < Slices; k++)
        {
            Assert.Equal(k + 1, data.Labels.ToArray().Skip(k * Rows * Columns).Take(Rows * Columns).Count(label => label == 1));
            Assert.Equal(1, data.Labels.ToArray()[(k + 1) * Rows * Columns - 1]);
            Assert.Equal(100 * k, data.Image.ToVolume().Voxels[k * Rows * Columns]);
        }

        Assert.DoesNotContain((byte)2, data.Labels.ToArray());
    }

    [Fact]
    public void What_the_source_calls_CT_may_be_a_secondary_capture()
    {
        Write(sopClass: "1.2.840.10008.5.1.4.1.1.7");
        Assert.Equal(0, Import().ExitCode);
    }

    [Fact]
    public void A_folder_beside_the_cases_is_told()
    {
        Write();
        Save("3Dircadb1.2/PATIENT_DICOM/image_0", new CtImage { Rows = Rows, Columns = Columns }.File());
        CliResult result = Import();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("3Dircadb1.2: left out: no PATIENT_DICOM with masks in MASKS_DICOM", result.Error, StringComparison.Ordinal);
        Assert.Contains("found 1 image:", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_too_few_elsewhere_or_of_another_size_is_refused()
    {
        Write();
        string mask = At("3Dircadb1.1/MASKS_DICOM/liver/image_1");
        byte[] whole = File.ReadAllBytes(mask);
        File.Delete(mask);
        Fails("2 masks for 3 slices");
        File.WriteAllBytes(mask, Mask(1, z: 7).File());
        Fails("a mask of no slice of the series");
        File.WriteAllBytes(mask, Mask(1, z: 0).File());
        Fails("a mask of a slice that has one");
        File.WriteAllBytes(mask, (Mask(1) with { Rows = 2, Columns = 10 }).File());
        Fails("a mask of 2 x 10 pixels");
        File.WriteAllBytes(mask, whole);
        Assert.Equal(0, Import().ExitCode);
    }

    private void Fails(string part)
    {
        CliResult result = Import();
        Assert.Equal(3, result.ExitCode);
        Assert.Contains(part, result.Error, StringComparison.Ordinal);
    }

    private CliResult Import() => SmileCli.Run("dataset", "import", Folder, "-o", At("out"));

    private string At(string name) => Path.Combine(Folder, name);

    private void Write(bool placed = true, bool deeper = false, string sopClass = "1.2.840.10008.5.1.4.1.1.2")
    {
        string images = deeper ? "PATIENT_DICOM/PATIENT_DICOM" : "PATIENT_DICOM", masks = deeper ? "MASKS_DICOM/MASKS_DICOM"
            : "MASKS_DICOM";
        for (int k = 0; k < Slices; k++)
        {
            CtImage slice = new()
            {
                Rows = Rows,
                Columns = Columns,
                SopClass = sopClass,
                Position = [0, 0, 5 * k],
                Pixels = [.. Enumerable.Repeat(100 * k, Rows * Columns)]
            };
            Save($"3Dircadb1.1/{images}/image_{k}", slice.File());
            Save($"3Dircadb1.1/{masks}/liver/image_{k}", placed ? Mask(k).File() : WithoutPlace(k));
            Save($"3Dircadb1.1/{masks}/spleen/image_{k}", (Mask(k) with { Pixels = new int[Rows * Columns] }).File());
        }
    }

    private static CtImage Mask(int k, double? z = null) => new()
    {
        Series = "9.9",
        Rows = Rows,
        Columns = Columns,
        Bits = 8,
        BitsStored = 8,
        Signed = false,
        Position = [0, 0, z ?? 5 * k],
        Pixels = [.. Enumerable.Range(0, Rows * Columns).Select(i => i <= k ? 255 : 0)],
    };

    private static byte[] WithoutPlace(int k) => new DicomBuilder()
        .Text(DicomTags.Modality, "CS", "OT").Text(DicomTags.SeriesInstanceUID, "UI", "9.9")
        .Word(DicomTags.Rows, "US", Rows).Word(DicomTags.Columns, "US", Columns).Word(DicomTags.BitsAllocated, "US", 8)
            .Word(DicomTags.BitsStored, "US", 8)
        .Raw(DicomTags.PixelData, "OW", [.. Mask(k).Stored.Select(v => (byte)v)]).File(DicomBuilder.Explicit);
}
