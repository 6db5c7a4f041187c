using Smile.Net.Ranks;
using Smile.Net.Ranks.Mpi;

namespace Smile.Net.Tests.Ranks;

/// <summary>How many ranks the environment says were started, and which MPI is refused.</summary>
public sealed class MpiLaunchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-mpi-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("", 1, 0, 1)]
    [InlineData("OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2", 4, 1, 2)]
    [InlineData("PMIX_RANK=5 SLURM_STEP_NUM_TASKS=7 SLURM_LOCALID=1 SLURM_NODEID=2 SLURM_STEP_TASKS_PER_NODE=2(x3),1", 7, 1, 2)]
    [InlineData("PMIX_RANK=6 SLURM_STEP_NUM_TASKS=7 SLURM_LOCALID=0 SLURM_NODEID=3 SLURM_STEP_TASKS_PER_NODE=2(x3),1", 7, 0, 1)]
    [InlineData("SLURM_NTASKS=2 SLURM_PROCID=0", 1, 0, 1)] // a batch script, or a study's tasks: each by itself
    [InlineData("PMI_SIZE=1", 1, 0, 1)]
    public void The_environment_says_how_many_were_started(string variables, int size, int localRank, int localSize) =>
        Assert.Equal(new MpiLaunch(size, localRank, localSize), Of(variables));

    [Fact]
    public void One_process_looks_for_no_library() =>
        Assert.Same(NoRanks.Instance, new MpiLaunch(1, 0, 1).Join(TestContext.Current.CancellationToken));

    [Fact]
    public void The_launcher_of_another_mpi_is_refused_with_the_package_to_install()
    {
        string message = Assert.Throws<ConfigException>(() => Of("PMI_SIZE=2 PMI_RANK=0")).Message;
        Assert.Contains("MPICH", message, StringComparison.Ordinal);
        Assert.Contains("apt-get install openmpi-bin", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_is_not_there_is_named_with_the_package_to_install()
    {
        string none = Path.Combine(_folder, "libmpi.so.40");
        string message = Assert.Throws<ConfigException>(() => LibMpi.Open([none], [])).Message;
        Assert.Contains($"{none}: OpenMPI's library is not there", message, StringComparison.Ordinal);
        Assert.Contains("apt-get install openmpi-bin", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_of_another_abi_is_told_apart_before_a_call()
    {
        // Any library that exports no ompi_mpi_comm_world, as MPICH's does not.
        string other = Directory.EnumerateFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native*").First();
        Assert.Contains($"{other}: is an MPI of another ABI", Assert.Throws<ConfigException>(() => LibMpi.Open([other], [])).Message,
            StringComparison.Ordinal);
        Assert.Contains($"{other}: is MPICH's library", Assert.Throws<ConfigException>(() =>
            LibMpi.Open([Path.Combine(_folder, "none.so")], [other])).Message, StringComparison.Ordinal);
    }

    private static MpiLaunch Of(string variables)
    {
        var set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split('=', 2))
            .ToDictionary(each => each[0], each => each[1], StringComparer.Ordinal);
        return MpiLaunch.Of(set.GetValueOrDefault);
    }
}
