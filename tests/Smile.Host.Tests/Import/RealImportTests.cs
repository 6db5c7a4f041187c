using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Import;

/// <summary>The whole way on images that no one here made.</summary>
public sealed class RealImportTests : DicomFolder
{
    /// <summary>
    /// A CT with an RTSTRUCT (IBSI's STS_002) and one with a SEG (dcmqi): imported, trained on, predicted, and the SEG opened again.
    /// </summary>
    [Fact]
    public void From_DICOM_with_RTSTRUCT_and_SEG_to_a_model_and_a_SEG()
    {
        string sts = TestData.Require("ibsi/ibsi_validation/dicom/STS_002"), slices = TestData.Require("dcmqi/ct-3slice"),
            seg = TestData.Require("dcmqi/liver.dcm");
        string clinic = Directory.CreateDirectory(Path.Combine(Folder, "clinic")).FullName, mapping = Path.Combine(Folder, "mapping.json");
        File.Copy(seg, Path.Combine(clinic, "liver.dcm"));
        Directory.CreateSymbolicLink(Path.Combine(clinic, "ct"), slices);
        Directory.CreateSymbolicLink(Path.Combine(clinic, "sts"), sts);

        Run("dataset", "import", clinic, "--list", mapping);
        ImportSourceTests.Fill(mapping, "GTV_Mass_CT", "mass");
        string data = Path.Combine(Folder, "data"), run = Path.Combine(Folder, "run"), output = Path.Combine(Folder, "organs.dcm");
        Run("dataset", "import", clinic, "-o", data, "--mapping", mapping);
        Dataset dataset = Dataset.Open([data], new NiftiVolumeReader());
        Assert.Equal(["mass", "liver"], dataset.Organs.Names);
        // The numbers of voxels are those of the data sets' own label maps.
        Dictionary<string, int> voxels = dataset.Training.ToDictionary(c => string.Join(' ', dataset.Organs.NamesOf(c.Annotated)),
            c => dataset.Load(c).Labels.ToArray().Count(label => label != 0));
        Assert.Equal(17_090, voxels["mass"]);
        Assert.Equal(107_098, voxels["liver"]);

        Run("train", "--data", data, "-o", run, "--method", "smile", "--steps", "3", "--seed", "5", "--device", "cpu",
            "--set", "model.width=8", "--set", "train.size=64", "--set", "train.batch=4", "--set", "data.validation=0");
        Run("predict", "-i", slices, "-o", output, "-m", run, "--format", "seg", "--device", "cpu");
        var read = new DicomSegmentation(DicomFile.Open(output));
        Assert.Equal(["mass", "liver"], read.Regions.Select(region => region.Name));
        CtStack stack = DicomVolumeReader.CtSeries(slices).ReadStack();
        var warnings = new List<string>();
        foreach (DicomRegion region in read.Regions)
            Assert.Equal(stack.Geometry.Voxels, read.ReadMask(region, stack, warnings).Voxels.LongLength);
        Assert.Empty(warnings);
    }

    /// <summary>TotalSegmentator's own test case: its CT, and its masks by organ; the organs not asked for are ignored.</summary>
    [Fact]
    public void Masks_of_TotalSegmentator()
    {
        string ct = TestData.Require("totalsegmentator/example_ct_sm.nii.gz"),
            masks = TestData.Require("totalsegmentator/example_seg_fast");
        string source = Directory.CreateDirectory(Path.Combine(Folder, "source/s01")).FullName,
            mapping = Path.Combine(Folder, "mapping.json");
        File.Copy(ct, Path.Combine(source, "ct.nii.gz"));
        Directory.CreateSymbolicLink(Path.Combine(source, "segmentations"), masks);
        Run("dataset", "import", Path.GetDirectoryName(source)!, "--list", mapping);
        string[] wanted = ["liver", "spleen", "stomach"];
        foreach (string mask in Directory.GetFiles(masks, "*.nii.gz").Select(file => Path.GetFileName(file)[..^7]).Except(wanted))
            ImportSourceTests.Fill(mapping, mask, "ignore");
        string data = Path.Combine(Folder, "data");
        Run("dataset", "import", Path.GetDirectoryName(source)!, "-o", data, "--mapping", mapping);
        Dataset dataset = Dataset.Open([data], new NiftiVolumeReader());
        CaseData only = dataset.Load(Assert.Single(dataset.Training));
        for (int k = 0; k < dataset.Organs.Count; k++)
        {
            byte[] mask = NiftiReader.ReadLabels(Path.Combine(masks, dataset.Organs.Names[k] + ".nii.gz")).Labels.Voxels;
            Assert.Equal(mask, only.Labels.ToArray().Select(label => (byte)(label == k + 1 ? 1 : 0)));
        }
    }

    private static void Run(params string[] args)
    {
        CliResult result = SmileCli.Run(args);
        Assert.True(result.ExitCode == 0, result.Error);
    }
}
