using System.Globalization;

namespace Smile.Net.Ranks.Mpi;

/// <summary>What started this process, as its environment says: ranks are joined only where there are several.</summary>
/// <param name="Size">Ranks; 1: a process by itself, and no MPI is looked for.</param>
/// <param name="LocalRank">This one among those of its machine.</param>
/// <param name="LocalSize">Those of its machine.</param>
public sealed record MpiLaunch(int Size, int LocalRank, int LocalSize)
{
    /// <summary>The environment of this process.</summary>
    /// <exception cref="ConfigException">Another MPI than OpenMPI started several.</exception>
    public static MpiLaunch Current => Of(Environment.GetEnvironmentVariable);

    /// <summary>Of an environment.</summary>
    /// <param name="variable">Gives a variable; null where it is not set.</param>
    /// <exception cref="ConfigException">As of <see cref="Current"/>.</exception>
    internal static MpiLaunch Of(Func<string, string?> variable)
    {
        // mpirun of OpenMPI; srun --mpi=pmix; mpiexec of MPICH, and srun --mpi=pmi2.
        if (Number("OMPI_COMM_WORLD_SIZE") is { } size)
            return new MpiLaunch(size, Number("OMPI_COMM_WORLD_LOCAL_RANK") ?? 0, Number("OMPI_COMM_WORLD_LOCAL_SIZE") ?? 1);
        if (variable("PMIX_RANK") is not null && Number("SLURM_STEP_NUM_TASKS") is { } tasks)
            return new MpiLaunch(tasks, Number("SLURM_LOCALID") ?? 0, OnThisNode() ?? 1);
        if (Number("PMI_SIZE") is > 1 and { } others)
            throw new ConfigException($"{others} ranks were started by the mpiexec of MPICH, or by srun --mpi=pmi2: Smile speaks to "
                + "OpenMPI. Start with its mpirun (Debian, Ubuntu: apt-get install openmpi-bin), or with srun --mpi=pmix.");
        return new MpiLaunch(1, 0, 1);

        int? Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;

        // "2(x3),1": two on each of three nodes, one on the next.
        int? OnThisNode()
        {
            int node = Number("SLURM_NODEID") ?? 0;
            foreach (string part in (variable("SLURM_STEP_TASKS_PER_NODE") ?? "").Split(','))
            {
                string[] words = part.TrimEnd(')').Split("(x");
                int nodes = words.Length > 1 && int.TryParse(words[1], CultureInfo.InvariantCulture, out int repeated) ? repeated : 1;
                if (node < nodes)
                    return int.TryParse(words[0], CultureInfo.InvariantCulture, out int each) ? each : null;
                node -= nodes;
            }

            return null;
        }
    }

    /// <summary>Joins the ranks; where there is one, nothing is joined.</summary>
    /// <param name="stop">Set where the process is asked to stop: a rank that is gone is not waited for any longer then.</param>
    /// <exception cref="ConfigException">OpenMPI's library is not there.</exception>
    /// <exception cref="LostRankException">MPI fails, or found another number of ranks.</exception>
    public ICommunicator Join(CancellationToken stop)
    {
        if (Size == 1)
            return NoRanks.Instance;
        var ranks = new MpiRanks(LibMpi.Open(), stop);
        return ranks.Size == Size ? ranks : throw new LostRankException(
            $"{Size} ranks were started, and MPI joined {ranks.Size}: what started them and the library (libmpi.so.40) are of different "
            + "installations. Use the mpirun of the library's own, or srun --mpi=pmix.");
    }
}
