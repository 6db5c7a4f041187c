namespace Smile.Net.Data;

/// <summary>Axial slices that are not in memory: each is read when it is asked for. Several threads may read at once.</summary>
internal interface ISliceSource
{
    /// <summary>16-bit integers; else float32.</summary>
    bool IsWhole { get; }

    /// <summary>As of <see cref="CaseImage.Hash"/>.</summary>
    string Hash { get; }

    /// <summary>Reads a slice.</summary>
    /// <param name="z">Which.</param>
    /// <param name="numbers">(y, x), little-endian, as many bytes as the numbers have; overwritten.</param>
    /// <exception cref="DataException">It is damaged, or cannot be read; file and slice are named.</exception>
    void Read(int z, Span<byte> numbers);
}
