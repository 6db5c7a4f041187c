using System.Runtime.InteropServices;

namespace Smile.Net.Ranks.Mpi;

/// <summary>
/// OpenMPI's library, bound when it is first needed: nothing of it is there at build time. Its handles are addresses of objects that it
/// exports, where MPICH's are numbers: that is how the two are told apart, before a call is made. Version 4.1 and 5.0 have this ABI.
/// </summary>
internal sealed unsafe class LibMpi
{
    /// <summary>What each call returns that did what it should.</summary>
    public const int Success = 0;

    /// <summary>Only one thread calls at a time, any one.</summary>
    private const int ThreadsSerialized = 2;

    private const string Install = "Install OpenMPI on every machine (Debian, Ubuntu: apt-get install openmpi-bin), "
        + "and start with its mpirun, or with srun --mpi=pmix.";

    private static readonly string[] _names = ["libmpi.so.40", "libmpi.so"];
    private static readonly string[] _mpich = ["libmpich.so.12", "libmpi.so.12", "libmpich.so"];

    private readonly nint _world, _byte;
    private readonly delegate* unmanaged<int*, byte***, int, int*, int> _initThread;
    private readonly delegate* unmanaged<nint, int*, int> _commRank, _commSize;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> _isend, _irecv;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, nint*, int> _ibcast;
    private readonly delegate* unmanaged<nint, nint*, int> _ibarrier;
    private readonly delegate* unmanaged<nint*, int*, nint, int> _test;
    private readonly delegate* unmanaged<nint, int, int> _abort;
    private readonly delegate* unmanaged<int> _finalize;
    private readonly delegate* unmanaged<int, byte*, int*, int> _errorString;

    private LibMpi(nint library, string name)
    {
        if (!NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _world)
            || !NativeLibrary.TryGetExport(library, "ompi_mpi_byte", out _byte))
            throw new ConfigException($"{name}: is an MPI of another ABI than OpenMPI's (MPICH, Intel MPI). {Install}");
        _initThread = (delegate* unmanaged<int*, byte***, int, int*, int>)Export("MPI_Init_thread");
        _commRank = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_rank");
        _commSize = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_size");
        _isend = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Export("MPI_Isend");
        _irecv = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Export("MPI_Irecv");
        _ibcast = (delegate* unmanaged<void*, int, nint, int, nint, nint*, int>)Export("MPI_Ibcast");
        _ibarrier = (delegate* unmanaged<nint, nint*, int>)Export("MPI_Ibarrier");
        _test = (delegate* unmanaged<nint*, int*, nint, int>)Export("MPI_Test");
        _abort = (delegate* unmanaged<nint, int, int>)Export("MPI_Abort");
        _finalize = (delegate* unmanaged<int>)Export("MPI_Finalize");
        _errorString = (delegate* unmanaged<int, byte*, int*, int>)Export("MPI_Error_string");

        nint Export(string symbol) => NativeLibrary.TryGetExport(library, symbol, out nint export)
            ? export : throw new ConfigException($"{name}: has no {symbol}; version 4.1 of OpenMPI or later is needed. {Install}");
    }

    /// <summary>Opens the library of the system.</summary>
    /// <exception cref="ConfigException">There is none, or it is another MPI's.</exception>
    public static LibMpi Open() => Open(_names, _mpich);

    /// <summary>Opens the first that is there.</summary>
    /// <param name="names">Of OpenMPI's library.</param>
    /// <param name="others">Of other MPIs', to say which is there instead.</param>
    internal static LibMpi Open(IReadOnlyList<string> names, IReadOnlyList<string> others)
    {
        foreach (string name in names)
            if (NativeLibrary.TryLoad(name, out nint library))
                return new LibMpi(library, name);
        string? other = others.FirstOrDefault(name => NativeLibrary.TryLoad(name, out _));
        throw new ConfigException(other is null
            ? $"{names[0]}: OpenMPI's library is not there. {Install}"
            : $"{other}: is MPICH's library, and Smile speaks to OpenMPI's ({names[0]}), which is not there. {Install}");
    }

    /// <summary>Joins the ranks; once in a process.</summary>
    public int Init()
    {
        int provided;
        return _initThread(null, null, ThreadsSerialized, &provided);
    }

    public int Rank(out int rank)
    {
        fixed (int* to = &rank)
            return _commRank(_world, to);
    }

    public int Size(out int size)
    {
        fixed (int* to = &size)
            return _commSize(_world, to);
    }

    /// <summary>Begins to send; the bytes stay where they are until <see cref="Test"/> says that it is done.</summary>
    public int Send(byte* from, int bytes, int peer, out nint request)
    {
        fixed (nint* to = &request)
            return _isend(from, bytes, _byte, peer, 0, _world, to);
    }

    /// <summary>Begins to receive, likewise.</summary>
    public int Receive(byte* into, int bytes, int peer, out nint request)
    {
        fixed (nint* to = &request)
            return _irecv(into, bytes, _byte, peer, 0, _world, to);
    }

    /// <summary>Begins to broadcast, likewise.</summary>
    public int Broadcast(byte* at, int bytes, int root, out nint request)
    {
        fixed (nint* to = &request)
            return _ibcast(at, bytes, _byte, root, _world, to);
    }

    /// <summary>Begins to wait for all, likewise.</summary>
    public int Barrier(out nint request)
    {
        fixed (nint* to = &request)
            return _ibarrier(_world, to);
    }

    /// <summary>Whether what was begun is done; MPI moves bytes in such calls.</summary>
    public int Test(ref nint request, out bool done)
    {
        int flag;
        fixed (nint* at = &request)
        {
            int result = _test(at, &flag, 0); // MPI_STATUS_IGNORE
            done = flag != 0;
            return result;
        }
    }

    /// <summary>Ends all ranks.</summary>
    public void Abort(int exitCode) => _ = _abort(_world, exitCode);

    /// <summary>Leaves the ranks; comes back when all do.</summary>
    public int Finish() => _finalize();

    /// <summary>An error in words.</summary>
    public string Describe(int error)
    {
        byte* text = stackalloc byte[1024]; // MPI_MAX_ERROR_STRING is 256
        int length;
        return _errorString(error, text, &length) == Success ? Marshal.PtrToStringUTF8((nint)text, length) : $"MPI error {error}";
    }
}
