using System.Runtime.InteropServices;
using System.Text;
using Smile.Kernels.Hashing;

namespace Smile.Net.Data;

/// <summary>SHA-256 over all that training sees of the cases, in hexadecimal: a resumed run must find the same.</summary>
public static class DataHash
{
    /// <param name="organs">The study's.</param>
    /// <param name="cases">Gone through once, so that they need not be in memory at once.</param>
    public static string Of(OrganSet organs, IEnumerable<CaseData> cases)
    {
        using var hash = new Sha256();
        Text(hash, string.Join('\n', organs.Names));
        var patients = new List<(string Id, string? Group)>();
        foreach (CaseData data in cases)
        {
            Geometry geometry = data.Geometry;
            Text(hash, data.Id);
            hash.Append(MemoryMarshal.AsBytes<int>([geometry.Depth, geometry.Height, geometry.Width, (int)data.Annotated]));
            var image = new float[geometry.Height * geometry.Width];
            for (int z = 0; z < geometry.Depth; z++)
            {
                data.Image.Read(z, image);
                hash.Append(MemoryMarshal.AsBytes<float>(image));
            }

            var labels = new byte[image.Length];
            for (int z = 0; z < geometry.Depth; z++)
            {
                data.Labels.Decode(z, labels);
                hash.Append(labels);
            }

            if (data.Pseudo is { } pseudo)
            {
                var words = new uint[pseudo.Pixels];
                for (int z = 0; z < pseudo.Depth; z++)
                {
                    pseudo.Decode(z, words);
                    hash.Append(MemoryMarshal.AsBytes<uint>(words));
                }
            }

            patients.Add((data.Id, data.Group));
        }

        // They decide who is held out. Where no case has one, the hash is that of data sets that know no patients.
        if (patients.Any(each => each.Group is not null))
            Text(hash, string.Join('\n', patients.Select(each => $"{each.Id}: {each.Group}")));

        return hash.Finish();
    }

    private static void Text(Sha256 hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        hash.Append(MemoryMarshal.AsBytes<int>([bytes.Length]));
        hash.Append(bytes);
    }
}
