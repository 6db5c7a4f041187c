using Smile.Net;

namespace Smile.Host.Tests.Imaging.Nifti;

/// <summary>A folder of its own for each test, gone afterwards.</summary>
public abstract class NiftiFolder : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-nifti-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A path in the folder.</summary>
    protected string At(string name) => Path.Combine(_folder, name);

    /// <summary>Writes a file into the folder and returns its path.</summary>
    protected string Save(string name, byte[] bytes)
    {
        File.WriteAllBytes(At(name), bytes);
        return At(name);
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
