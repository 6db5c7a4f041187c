using System.Globalization;
using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Settings;
using Smile.Net.Store;

namespace Smile.Host.Cases;

/// <summary>
/// Where the cases of a run are held: in memory as far as <see cref="DataSettings.Memory"/> goes; then in packed files of the run's folder,
/// which are kept, so that a run that goes on finds them.
/// </summary>
internal sealed class CaseRoom
{
    // Bytes a voxel of a case while it is packed: its numbers as they are read and as they are held, its labels; and at another spacing.
    private const double WhilePacked = 7, WhileResampled = 5;

    private readonly string _folder;
    private readonly double _available;
    private readonly int _ranks;
    private double _held;

    /// <param name="memory"><see cref="DataSettings.Memory"/>.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="ranks">Of the training on this machine: each holds the cases, and may take its part of what "auto" is.</param>
    public CaseRoom(string memory, string run, int ranks = 1)
        : this(memory, run, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ranks, ranks)
    {
    }

    internal CaseRoom(string memory, string run, long available, int ranks = 1) => (_folder, _available, _ranks, Most) =
        (Path.Combine(run, "packed"), available, ranks, MemoryLimit.Bytes(memory, available));

    /// <summary>Bytes that cases in memory may take.</summary>
    public double Most { get; }

    /// <summary>No further case is held in memory.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Looks whether cases fit beside those that are held; if not, none of them is held. Tells so.</summary>
    /// <param name="session">Hears it.</param>
    /// <param name="cases">Of those whose images are not stored yet: the id, the image's own voxels and, where it is resampled, those then,
    /// and the bytes that they would take in memory.</param>
    /// <exception cref="DataException">One of them is too large to be packed.</exception>
    public void Plan(Session session, IReadOnlyList<(string Id, long Voxels, long Resampled, double Bytes)> cases)
    {
        double bytes = cases.Sum(each => each.Bytes);
        if (cases.Count == 0 || _held + bytes <= Most)
            return;
        foreach ((string id, long voxels, long resampled, _) in cases)
        {
            double needed = WhilePacked * voxels + WhileResampled * resampled;
            if (needed > _available)
                throw new DataException(string.Create(CultureInfo.InvariantCulture,
                    $"{id}: {voxels:N0} voxels take {CaseMemory.Text(needed)} while they are packed, and this process may use "
                        + $"{CaseMemory.Text(_available)}. Use a machine with more memory, or a coarser copy that `smile dataset import ")
                    + "SOURCE... --spacing Z,Y,X --output DIR` makes.");
        }

        IsFull = true;
        if (_ranks > 1)
            throw RanksPack($"{Words.Count(cases.Count, "case", "cases")} would take {CaseMemory.Text(bytes)}");
        session.Note($"memory: {Words.Count(cases.Count, "case", "cases")} would take {CaseMemory.Text(bytes)}, of "
            + $"{CaseMemory.Text(Math.Max(0, Most - _held))} (data.memory): packed into {_folder}, read slice by slice from there");
    }

    /// <summary>Loads a case: into memory, or, where there is no more room, by way of a packed file.</summary>
    /// <param name="dataset">Its data set.</param>
    /// <param name="source">The case.</param>
    /// <param name="spacing">What its slices are brought to, mm; null: nothing.</param>
    /// <param name="rounds">Pseudo labels come to it.</param>
    /// <param name="doubts">Takes what speaks against its numbers being HU.</param>
    /// <exception cref="DataException">It cannot be read, or not be packed.</exception>
    public CaseData Load(Dataset dataset, Case source, PlaneSpacing? spacing, bool rounds, List<string> doubts)
    {
        CaseData data = IsFull && !dataset.IsStored(source, spacing) ? Packed(dataset, source, spacing, doubts)
            : dataset.Load(source, spacing, doubts);
        double bytes = CaseMemory.Bytes(data, rounds);
        // HU that are no whole numbers take more than was planned.
        if (!data.Image.IsStored && _held + bytes > Most)
        {
            IsFull = true;
            if (_ranks > 1)
                throw RanksPack($"{source.Id} does not fit");
            data = Packed(dataset, source, spacing, doubts: []);
            bytes = CaseMemory.Bytes(data, rounds);
        }

        _held += bytes;
        return data;
    }

    /// <summary>Several ranks would pack the same cases into the same files.</summary>
    private DataException RanksPack(string what) => new($"memory: {what}, and each of {_ranks} ranks on this machine may take "
        + $"{CaseMemory.Text(Most)} (data.memory). Pack the cases once and train from the store, which all ranks read: smile dataset pack "
        + "DIR... --output STORE");

    private CaseData Packed(Dataset dataset, Case source, PlaneSpacing? spacing, List<string> doubts)
    {
        string folder = Path.Combine(_folder, spacing is { } mm ? $"at_{mm.ToString().Replace(',', '_')}" : "own");
        LabelFiles.MakeFolder(folder);
        return new CasePacker(dataset).Pack(Path.Combine(folder, source.Id + CasePacker.Ending), source, spacing, doubts);
    }
}
