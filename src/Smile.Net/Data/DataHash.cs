using System.Runtime.InteropServices;
using System.Text;
using Smile.Kernels.Hashing;
using Smile.Kernels.Ops.MaskedBce;

namespace Smile.Net.Data;

/// <summary>
/// SHA-256 over all that training sees of the cases, in hexadecimal: a resumed run must find the same. There are two forms: of all voxels,
/// which studies and the runs of earlier versions have; and of the hashes of the cases, for which a stored image need not be read.
/// </summary>
public static class DataHash
{
    /// <summary>What the form of the cases' hashes begins with.</summary>
    private const string OfCasesPrefix = "cases:";

    /// <summary>Of the cases' hashes.</summary>
    /// <param name="organs">The study's.</param>
    /// <param name="cases">Gone through once.</param>
    public static string OfCases(OrganSet organs, IEnumerable<CaseData> cases)
    {
        using var hash = new Sha256();
        Text(hash, string.Join('\n', organs.Names));
        foreach (CaseData data in cases)
        {
            Text(hash, data.Id);
            hash.Append(MemoryMarshal.AsBytes<uint>(Words(data.Annotated, organs)));
            Text(hash, OfContent(data));
            Text(hash, data.Group ?? "");
        }

        return OfCasesPrefix + hash.Finish();
    }

    /// <summary>In the form of a hash that is there already, to compare with it.</summary>
    /// <param name="organs">The study's.</param>
    /// <param name="cases">Gone through once, so that they need not be in memory at once.</param>
    /// <param name="other">The hash that is there.</param>
    public static string Like(string other, OrganSet organs, IEnumerable<CaseData> cases) =>
        other.StartsWith(OfCasesPrefix, StringComparison.Ordinal) ? OfCases(organs, cases) : Of(organs, cases);

    /// <summary>Of a case's image, labels and pseudo labels.</summary>
    internal static string OfContent(CaseData data)
    {
        using var hash = new Sha256();
        Geometry geometry = data.Geometry;
        hash.Append(MemoryMarshal.AsBytes<int>([geometry.Depth, geometry.Height, geometry.Width]));
        Text(hash, data.Image.Hash);
        Runs(hash, data.Labels);
        for (int word = 0; word < data.Pseudo?.Words; word++)
            Runs(hash, data.Pseudo.Word(word));
        return hash.Finish();
    }

    private static uint[] Words(OrganBits bits, OrganSet organs)
    {
        var words = new uint[MaskWords.Of(organs.Count)];
        bits.CopyTo(words);
        return words;
    }

    /// <summary>Neighbouring runs of one value are one: how they are cut does not matter.</summary>
    private static void Runs<T>(Sha256 hash, SliceRuns<T> runs)
        where T : unmanaged, IEquatable<T>
    {
        var values = new List<T>();
        var lengths = new List<int>();
        for (int z = 0; z < runs.Depth; z++)
        {
            int first = values.Count;
            ReadOnlySpan<T> own = runs.Runs(z, out ReadOnlySpan<ushort> each);
            for (int run = 0; run < own.Length; run++)
            {
                if (values.Count > first && values[^1].Equals(own[run]))
                {
                    lengths[^1] += each[run];
                    continue;
                }

                values.Add(own[run]);
                lengths.Add(each[run]);
            }
        }

        hash.Append(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(values)));
        hash.Append(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(lengths)));
    }

    /// <summary>Of all voxels.</summary>
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
            hash.Append(MemoryMarshal.AsBytes<int>([geometry.Depth, geometry.Height, geometry.Width,
                .. MemoryMarshal.Cast<uint, int>(Words(data.Annotated, organs))]));
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

            var words = new uint[data.Pseudo?.Pixels ?? 0];
            for (int word = 0; word < data.Pseudo?.Words; word++)
                for (int z = 0; z < data.Pseudo.Depth; z++)
                {
                    data.Pseudo.Word(word).Decode(z, words);
                    hash.Append(MemoryMarshal.AsBytes<uint>(words));
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
