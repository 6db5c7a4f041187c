using System.Runtime.InteropServices;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Commands;

/// <summary>
/// What predict takes for a longer volume: a label map, and no copy of the image. Counted on the thread that reads and writes; slices
/// are large, so that the few kilobytes which a file of DICOM takes do not count.
/// </summary>
public sealed class PredictMemoryTests(TrainedRun trained) : DicomFolder, IClassFixture<TrainedRun>
{
    private const int Size = 128, Few = 8, Many = 40;

    /// <summary>
    /// One byte a voxel for the label map, and some 15 KB a slice for the headers of DICOM. The image would add four bytes, a probability
    /// four for each organ.
    /// </summary>
    private const double MostBytesPerVoxel = 2.5;

    [Theory]
    [InlineData("nifti")]
    [InlineData("masks")]
    [InlineData("nifti", "--probabilities")]
    public void Of_a_NIfTI_image_a_batch_is_in_memory(string format, params string[] more) => Bounded(format, slices =>
    {
        string image = Path.Combine(Folder, $"{slices}.nii.gz");
        NiftiWriter.WriteInt16(image, new Volume(Geometry.Regular(slices, Size, Size, 3, 1, 1), Voxels(slices)));
        return image;
    }, more);

    [Theory]
    [InlineData("nifti")]
    [InlineData("masks")]
    [InlineData("seg")]
    [InlineData("rtstruct")]
    public void Of_a_DICOM_series_a_batch_is_in_memory(string format) => Bounded(format, slices =>
    {
        string folder = Directory.CreateDirectory(Path.Combine(Folder, $"{slices}")).FullName;
        int[] pixels = [.. Voxels(1).Select(voxel => (int)voxel)];
        for (int k = 0; k < slices; k++)
            File.WriteAllBytes(Path.Combine(folder, $"{k}"),
                new CtImage { Rows = Size, Columns = Size, Position = [0, 0, k], Pixels = pixels, Identified = true }.File());
        return folder;
    });

    /// <summary>
    /// The slices around a batch are two more than the short series has, half a byte a voxel of the longer one. Pixels are the model's: a
    /// longer tilted series has a larger grid, and at another spacing a network of another size.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_a_series_that_is_resampled_a_batch_is_in_memory(bool tilted) => Bounded("nifti", slices =>
    {
        string folder = Directory.CreateDirectory(Path.Combine(Folder, $"{slices}")).FullName;
        int[] pixels = [.. Voxels(1).Select(voxel => (int)voxel)];
        for (int k = 0; k < slices; k++)
        {
            if (!tilted && k % 7 == 5)
                continue;
            double[] position = [0, tilted ? 0.02 * k : 0, k]; // 1.1 degrees, so that the grid is hardly larger
            var slice = new CtImage
            {
                Rows = Size,
                Columns = Size,
                Spacing = [1, 1],
                Position = position,
                Pixels = pixels,
                Identified = true,
            };
            File.WriteAllBytes(Path.Combine(folder, $"{k}"), slice.File());
        }

        return folder;
    }, 0.5 + MostBytesPerVoxel, tilted ? "--resample" : "--accept-gaps");

    /// <summary>
    /// The image is read whole, 4 bytes a voxel, and probabilities of one organ after the other pass through one buffer, 4 more. The
    /// reader's chunk of 1 MiB, which the short file does not fill, is 2 of the longer one's.
    /// </summary>
    [Fact]
    public void Of_planes_that_are_not_axial_the_image_and_one_buffer_are_in_memory() => Bounded("nifti", slices =>
    {
        // Rows along x, planes along y.
        string image = Path.Combine(Folder, $"{slices}.nii");
        NiftiHeader header = NiftiHeader.Create(new Geometry(Size, slices, Size, [1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0]),
            NiftiDatatype.Float32);
        using FileStream file = File.Create(image);
        file.Write(header.Bytes);
        file.Write([0, 0, 0, 0]);
        file.Write(MemoryMarshal.AsBytes<float>(Voxels(slices)));
        return image;
    }, 4 + 4 + 2 + MostBytesPerVoxel, "--probabilities");

    private void Bounded(string format, Func<int, string> image, params string[] more) => Bounded(format, image, MostBytesPerVoxel, more);

    private void Bounded(string format, Func<int, string> image, double most, params string[] more)
    {
        long Taken(int slices)
        {
            string output = Path.Combine(Folder, $"out{slices}" + format switch { "masks" => "", "nifti" => ".nii.gz", _ => ".dcm" }),
                input = image(slices);
            // One thread reads, computes and writes.
            var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
            return Task.Factory.StartNew(() =>
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                CliResult result =
                    SmileCli.Run(["predict", "-i", input, "-o", output, "-m", trained.Run, "--format", format, "--device", "cpu",
                        "--threads", "1", .. more]);
                Assert.True(result.ExitCode == 0, result.Error);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            }, TestContext.Current.CancellationToken, TaskCreationOptions.None, scheduler).GetAwaiter().GetResult();
        }

        Taken(Few); // what is made once
        double grown = (Least(Many) - Least(Few)) / (double)((Many - Few) * Size * Size);
        Assert.InRange(grown, 0.5, most);

        // A collection empties the pools of buffers, which are then allocated anew: what a prediction needs is the least of some.
        long Least(int slices) => Enumerable.Range(0, 3).Min(_ => Taken(slices));
    }

    /// <summary>A body with two organs, as the model knows them.</summary>
    private static float[] Voxels(int slices) =>
        [.. Enumerable.Range(0, slices * Size * Size).Select(at => (at % Size / 32) switch { 1 => 110f, 2 => 30f, _ => -90f })];
}
