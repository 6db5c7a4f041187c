namespace Smile.PtxEmulator.Counters;

/// <summary>What one instruction did in a launch.</summary>
public struct LineCount
{
    /// <summary>Times that a warp issued it.</summary>
    public long Warps;

    /// <summary>Lanes that executed it.</summary>
    public long Threads;

    /// <summary>Branches at which lanes of a warp parted.</summary>
    public long Divergences;

    /// <summary>Memory requests: one a warp, split neither by size nor by conflict.</summary>
    public long Requests;

    /// <summary>Bytes asked for by all lanes.</summary>
    public long Bytes;

    /// <summary>Bytes of global memory asked for, those that several lanes of a request ask for counted once.</summary>
    public long DistinctBytes;

    /// <summary>Sectors of 32 bytes touched in global memory.</summary>
    public long Sectors;

    /// <summary>The fewest sectors that could hold the distinct bytes.</summary>
    public long IdealSectors;

    /// <summary>Passes over the 32 banks of shared memory.</summary>
    public long Wavefronts;

    /// <summary>The fewest passes for the access size.</summary>
    public long IdealWavefronts;

    /// <summary>Adds another worker's counts.</summary>
    public void Add(in LineCount other)
    {
        Warps += other.Warps;
        Threads += other.Threads;
        Divergences += other.Divergences;
        Requests += other.Requests;
        Bytes += other.Bytes;
        DistinctBytes += other.DistinctBytes;
        Sectors += other.Sectors;
        IdealSectors += other.IdealSectors;
        Wavefronts += other.Wavefronts;
        IdealWavefronts += other.IdealWavefronts;
    }
}
