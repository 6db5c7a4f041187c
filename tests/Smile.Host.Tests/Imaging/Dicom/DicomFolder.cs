using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>A folder of its own for each test, gone afterwards.</summary>
public abstract class DicomFolder : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("smile-dicom-").FullName;

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes a file into the folder and returns its path.</summary>
    protected string Save(string name, byte[] bytes)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes a series like the image, a slice each 5 mm along the normal, and reads it.</summary>
    private protected CtStack Stack(CtImage image, int slices)
    {
        double[] normal = PatientAxes.Normal(image.Orientation);
        for (int n = 0; n < slices; n++)
            Save($"{n}.ct", (image with { Position = [.. normal.Select((part, r) => image.Position[r] + 5 * n * part)] }).File());
        return DicomVolumeReader.CtSeries(Folder).ReadStack();
    }

    /// <summary>The stored values of a frame of a file.</summary>
    private protected static int[] Pixels(IDicomFile file, int frame = 0)
    {
        PixelFormat format = file.ReadFormat();
        var stored = new int[format.Pixels];
        file.ReadFrame(format, frame, stored);
        return stored;
    }

    /// <summary>Checks that reading is refused in words that hold all of <paramref name="parts"/>.</summary>
    protected static void Refused(Action read, params string[] parts)
    {
        string message = Assert.Throws<DataException>(read).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    /// <summary>Equal within a tolerance; NaN is never equal.</summary>
    protected static void Close(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"[{i}]: {expected[i]} expected, {actual[i]} found");
    }
}
