using System.Runtime.InteropServices;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Net.Data;

namespace Smile.Net.Relabel;

/// <summary>A relabelled case as one rank sends it to the others: voxels as runs, which are some hundredths of their size.</summary>
internal static class RankedCases
{
    public static void Write(BinaryWriter to, RelabelledCase one)
    {
        int pixels = one.Data.Labels.Pixels;
        Write(to, one.Labels.Pseudo, pixels);
        Write(to, SliceRuns.Of<byte>(one.Labels.Labels, pixels));
        to.Write(one.Labels.Absent is not null);
        if (one.Labels.Absent is { } absent)
            Write(to, absent, pixels);
        to.Write(MemoryMarshal.AsBytes<float>(one.Labels.Lowest));
        foreach (OrganRound organ in one.Organs)
        {
            to.Write(organ.Cases);
            foreach (long count in (ReadOnlySpan<long>)[organ.Candidates, organ.Selected, organ.Judged, organ.Right, organ.Hidden,
                organ.Absent, organ.AbsentJudged, organ.AbsentWrong])
                to.Write(count);
        }
    }

    public static RelabelledCase Read(BinaryReader from, CaseData data, int organs)
    {
        int pixels = data.Labels.Pixels;
        VoxelBits pseudo = ReadBits(from, pixels, organs);
        byte[] labels = ReadRuns<byte>(from, pixels).ToArray();
        VoxelBits? absent = from.ReadBoolean() ? ReadBits(from, pixels, organs) : null;
        var lowest = new float[organs];
        from.ReadExactly(MemoryMarshal.AsBytes(lowest.AsSpan()));
        var rounds = new OrganRound[organs];
        for (int k = 0; k < organs; k++)
            rounds[k] = new OrganRound(from.ReadInt32(), from.ReadInt64(), from.ReadInt64(), from.ReadInt64(), from.ReadInt64(),
                from.ReadInt64())
            {
                Absent = from.ReadInt64(),
                AbsentJudged = from.ReadInt64(),
                AbsentWrong = from.ReadInt64(),
            };
        return new RelabelledCase(data, new CaseLabels(pseudo, labels, lowest) { Absent = absent }, rounds);
    }

    private static void Write(BinaryWriter to, VoxelBits voxels, int pixels)
    {
        var runs = OrganRuns.Of(voxels, pixels);
        for (int word = 0; word < runs.Words; word++)
            Write(to, runs.Word(word));
    }

    private static VoxelBits ReadBits(BinaryReader from, int pixels, int organs) =>
        new OrganRuns([.. Enumerable.Range(0, MaskWords.Of(organs)).Select(_ => ReadRuns<uint>(from, pixels))]).ToVoxels();

    private static void Write<T>(BinaryWriter to, SliceRuns<T> runs)
        where T : unmanaged, IEquatable<T>
    {
        ReadOnlySpan<T> values = runs.Runs(out ReadOnlySpan<ushort> lengths);
        to.Write(values.Length);
        to.Write(runs.Depth);
        to.Write(MemoryMarshal.AsBytes(values));
        to.Write(MemoryMarshal.AsBytes(lengths));
        to.Write(MemoryMarshal.AsBytes(runs.Ends));
    }

    private static SliceRuns<T> ReadRuns<T>(BinaryReader from, int pixels)
        where T : unmanaged, IEquatable<T>
    {
        var values = new T[from.ReadInt32()];
        var lengths = new ushort[values.Length];
        var ends = new int[from.ReadInt32()];
        from.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        from.ReadExactly(MemoryMarshal.AsBytes(lengths.AsSpan()));
        from.ReadExactly(MemoryMarshal.AsBytes(ends.AsSpan()));
        return new SliceRuns<T>(pixels, values, lengths, ends);
    }
}
