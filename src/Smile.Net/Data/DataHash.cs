using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Smile.Net.Data;

/// <summary>SHA-256 over all that training sees of the cases, in hexadecimal: a resumed run must find the same.</summary>
public static class DataHash
{
    public static string Of(OrganSet organs, IReadOnlyCollection<CaseData> cases)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Text(hash, string.Join('\n', organs.Names));
        bool patients = false;
        foreach (CaseData data in cases)
        {
            Geometry geometry = data.Geometry;
            Text(hash, data.Id);
            hash.AppendData(MemoryMarshal.AsBytes<int>([geometry.Depth, geometry.Height, geometry.Width, (int)data.Annotated]));
            hash.AppendData(MemoryMarshal.AsBytes<float>(data.Volume.Voxels));
            hash.AppendData(data.Labels);
            patients |= data.Group is not null;
        }

        // They decide who is held out. Where no case has one, the hash is that of data sets that know no patients.
        if (patients)
            Text(hash, string.Join('\n', cases.Select(data => $"{data.Id}: {data.Group}")));

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Text(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(MemoryMarshal.AsBytes<int>([bytes.Length]));
        hash.AppendData(bytes);
    }
}
