using System.Runtime.InteropServices;
using Smile.Net.Evaluation;
using Smile.Net.Prediction;

namespace Smile.Net.Runs;

/// <summary>What a rank found of a held-out case: how it scores, and what thresholds are calibrated on.</summary>
internal sealed record ValidatedCase(CaseScore Score, ThresholdCalibration.CaseCounts Counts)
{
    /// <summary>Writes it, where surfaces were not measured.</summary>
    public static void Write(BinaryWriter to, ValidatedCase one)
    {
        to.Write(one.Score.Organs.Count);
        foreach (OrganScore organ in one.Score.Organs)
        {
            to.Write(organ.Organ);
            foreach (long count in (ReadOnlySpan<long>)[organ.TP, organ.FP, organ.FN, organ.TN])
                to.Write(count);
            to.Write(organ.VoxelMl);
        }

        foreach (long[] counts in one.Counts.Numbers)
            to.Write(MemoryMarshal.AsBytes<long>(counts));
    }

    /// <summary>Reads it.</summary>
    /// <param name="from">As <see cref="Write"/> left it.</param>
    /// <param name="id">The case's.</param>
    /// <param name="counts">Nothing yet; filled.</param>
    public static ValidatedCase Read(BinaryReader from, string id, ThresholdCalibration.CaseCounts counts)
    {
        var organs = new OrganScore[from.ReadInt32()];
        for (int i = 0; i < organs.Length; i++)
            organs[i] = new OrganScore(from.ReadInt32(), from.ReadInt64(), from.ReadInt64(), from.ReadInt64(), from.ReadInt64())
            {
                VoxelMl = from.ReadDouble(),
            };
        foreach (long[] numbers in counts.Numbers)
            from.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return new ValidatedCase(new CaseScore(id, organs), counts);
    }
}
