using Smile.Host.Imaging.Nifti;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Nifti;

public sealed class NiftiCorruptionTests : NiftiFolder
{
    /// <summary>
    /// Files with bytes changed at random, in the header or, for gzip, in the packed stream, and files cut short: reading works
    /// or ends in a DataException, and takes no more memory than a file of a few kilobytes can fill.
    /// </summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void Two_thousand_damaged_files_in_all(int version, bool gzip)
    {
        var rng = new Rng(20261124, stream: (ulong)(2 * version + (gzip ? 1 : 0)));
        byte[] whole = new NiftiBytes { Version = version, Datatype = 4, Sizes = [8, 8, 8], Slope = 1 }
            .Single([.. Enumerable.Range(0, 512).Select(_ => Math.Round(rng.Uniform(-1024, 1024)))]);
        int header = version == 1 ? 348 : 540, read = 0;
        for (int n = 0; n < 500; n++)
        {
            byte[] bytes = [.. whole];
            if (n % 3 == 0)
                bytes = bytes[..rng.Next(bytes.Length)];
            for (int change = 0; change < 1 + n % 4 && bytes.Length > 0; change++)
                bytes[rng.Next(Math.Min(header, bytes.Length))] = (byte)rng.Next(256);
            if (gzip)
            {
                bytes = NiftiBytes.Gzip(bytes);
                if (n % 2 == 0)
                    bytes[rng.Next(bytes.Length)] ^= (byte)(1 << rng.Next(8));
            }

            string path = Save("a.nii", bytes);
            read += DamagedFile.Reads(path, n, () => NiftiReader.ReadVolume(path)) ? 1 : 0;
            DamagedFile.Reads(path, n, () => NiftiReader.ReadLabels(path));
        }

        // Many header bytes are nobody's concern: if none were read the test would show nothing.
        Assert.InRange(read, 50, 450);
    }
}
