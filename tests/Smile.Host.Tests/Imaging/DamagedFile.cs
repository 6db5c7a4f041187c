using Smile.Net;

namespace Smile.Host.Tests.Imaging;

/// <summary>What reading a damaged file may do.</summary>
internal static class DamagedFile
{
    /// <summary>More than a file of a few kilobytes can fill.</summary>
    private const long MostBytes = 4 << 20;

    /// <summary>
    /// Reads; true where that worked. Fails on any exception but a DataException that names the file, and where more memory was
    /// taken than such a file can fill.
    /// </summary>
    /// <param name="path">The file, of a few kilobytes.</param>
    /// <param name="n">Its number, to make it again.</param>
    /// <param name="read">Reads it on this thread.</param>
    public static bool Reads(string path, int n, Action read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool done = false;
        try
        {
            read();
            done = true;
        }
        catch (DataException e)
        {
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
        }
        catch (Exception e)
        {
            Assert.Fail($"file {n}: {e}");
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        return done;
    }
}
