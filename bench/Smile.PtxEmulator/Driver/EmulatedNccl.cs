using System.Runtime.InteropServices;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Gpu.Cuda.Nccl;

namespace Smile.PtxEmulator.Driver;

/// <summary>
/// NCCL between emulated devices of one process, a thread a rank, as strict as NCCL may be: what is sent waits until the peer receives it,
/// so that calls which are not grouped wait for each other for ever; what is sent must be as long and of the same type as what is received;
/// each rank has a device of its own, whose context is current on the thread that calls; all is done in the order of the stream.
/// </summary>
/// <param name="net">What joins the ranks.</param>
/// <param name="code">The library's version, as ncclGetVersion codes it.</param>
internal sealed class EmulatedNccl(EmulatedNccl.Net net, int code) : INccl
{
    [ThreadStatic]
    private static List<Call>? _group;

    public NcclResult Version(out int version)
    {
        version = code;
        return NcclResult.Success;
    }

    public NcclResult NewId(out NcclId id)
    {
        byte[] bytes = new byte[NcclId.Bytes];
        MemoryMarshal.Write(bytes.AsSpan(NcclId.Bytes - sizeof(int)), net.NewClique()); // at the end, so that a cut id is another one
        id = NcclId.Of(bytes);
        return NcclResult.Success;
    }

    public NcclResult Join(out nint communicator, int size, NcclId id, int rank)
    {
        communicator = 0;
        return EmulatedDriver.Current is not { } device
            ? NcclResult.InvalidUsage
            : net.Join(MemoryMarshal.Read<int>(id.ToArray().AsSpan(NcclId.Bytes - sizeof(int))), size, rank, device, out communicator);
    }

    public NcclResult StartGroup()
    {
        if (_group is not null)
            return NcclResult.InvalidUsage;
        _group = [];
        return NcclResult.Success;
    }

    public NcclResult EndGroup()
    {
        List<Call>? group = _group;
        _group = null;
        return group is null ? NcclResult.InvalidUsage : group.Count == 0 ? NcclResult.Success : Queue([.. group]);
    }

    public NcclResult Send(ulong from, nuint count, NcclType type, int peer, nint communicator, nint stream) =>
        net.Fault(net.Of(communicator)) is var fault and not NcclResult.Success
            ? fault
            : Begin(new Call(net.Of(communicator), true, from, (int)count, type, peer, stream));

    public NcclResult Receive(ulong into, nuint count, NcclType type, int peer, nint communicator, nint stream) =>
        Begin(new Call(net.Of(communicator), false, into, (int)count, type, peer, stream));

    public NcclResult AsyncError(nint communicator, out NcclResult error)
    {
        error = net.Of(communicator).Error;
        return NcclResult.Success;
    }

    public NcclResult Abort(nint communicator)
    {
        Member member = net.Of(communicator);
        member.Aborted = true;
        _ = member.Device.Waits; // what it waited for is over
        return NcclResult.Success;
    }

    public string Describe(NcclResult result) => $"{result} ({(int)result})";

    private static NcclResult Begin(Call call)
    {
        if (call.Peer < 0 || call.Peer >= call.Member.Clique.Size || call.Peer == call.Member.Rank)
            return NcclResult.InvalidArgument;
        if (_group is null)
            return Queue([call]);
        _group.Add(call);
        return NcclResult.Success;
    }

    private static NcclResult Queue(Call[] group)
    {
        Member member = group[0].Member;
        if (EmulatedDriver.Current != member.Device || group.Any(call => call.Member != member || call.Stream != group[0].Stream))
            return NcclResult.InvalidUsage;
        return member.Device.Enqueue(group[0].Stream, () => Array.TrueForAll(Tried(group), done => done)) == CudaResult.Success
            ? NcclResult.Success : NcclResult.InvalidArgument;

        // Each of a group by itself: none waits for another.
        static bool[] Tried(Call[] group) => Array.ConvertAll(group, call => call.Try());
    }

    /// <summary>What joins the ranks of a process.</summary>
    internal sealed class Net
    {
        private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

        private readonly List<Clique> _cliques = [];
        private readonly List<Member> _members = [];

        /// <summary>All communicators of ranks so far.</summary>
        public IReadOnlyList<Member> Members => _members;

        /// <summary>What a rank's ncclSend answers in place of sending: to see what a failure leads to. Success: it sends.</summary>
        public Func<Member, NcclResult> Fault { get; set; } = _ => NcclResult.Success;

        public int NewClique()
        {
            lock (_members)
                _cliques.Add(new Clique());
            return _cliques.Count;
        }

        public Member Of(nint communicator)
        {
            lock (_members)
                return _members[(int)communicator - 1];
        }

        public NcclResult Join(int id, int size, int rank, EmulatedDriver device, out nint communicator)
        {
            communicator = 0;
            lock (_members)
            {
                if (id < 1 || id > _cliques.Count || rank < 0 || rank >= size)
                    return NcclResult.InvalidArgument;
                Clique clique = _cliques[id - 1];
                clique.Size = size;
                if (clique.Members.Any(other => other.Rank == rank || other.Device.Bus == device.Bus))
                    return NcclResult.InvalidUsage;
                var member = new Member(clique, rank, device);
                clique.Members.Add(member);
                _members.Add(member);
                communicator = _members.Count;
                Monitor.PulseAll(_members);
                while (clique.Members.Count < size)
                    if (!Monitor.Wait(_members, _patience))
                        return NcclResult.SystemError;
                return NcclResult.Success;
            }
        }
    }

    /// <summary>The ranks of one id, and what is on its way between them.</summary>
    internal sealed class Clique
    {
        public int Size { get; set; }

        public List<Member> Members { get; } = [];

        public Dictionary<(int From, int To), Queue<Message>> Sent { get; } = [];

        public Queue<Message> Between(int from, int to)
        {
            if (!Sent.TryGetValue((from, to), out Queue<Message>? queue))
                Sent.Add((from, to), queue = []);
            return queue;
        }
    }

    /// <summary>A rank's communicator.</summary>
    internal sealed class Member(Clique clique, int rank, EmulatedDriver device)
    {
        public Clique Clique => clique;

        public int Rank => rank;

        public EmulatedDriver Device => device;

        public bool Aborted { get; set; }

        public NcclResult Error { get; set; }
    }

    internal sealed record Message(byte[] Bytes, NcclType Type)
    {
        public bool Taken { get; set; }
    }

    /// <summary>A send or a receive.</summary>
    private sealed class Call(Member member, bool sends, ulong address, int count, NcclType type, int peer, nint stream)
    {
        private Message? _sent;
        private bool _done;

        public Member Member => member;

        public int Peer => peer;

        public nint Stream => stream;

        /// <summary>Does it as far as it can be done; whether it is done.</summary>
        public bool Try()
        {
            lock (member.Clique)
                return _done = _done || member.Aborted || (sends ? TrySend() : TryReceive());
        }

        private bool TrySend()
        {
            if (_sent is null)
            {
                byte[] bytes = new byte[sizeof(float) * count];
                member.Device.ReadMemory(address, bytes);
                member.Clique.Between(member.Rank, peer).Enqueue(_sent = new Message(bytes, type));
            }

            return _sent.Taken;
        }

        private bool TryReceive()
        {
            if (!member.Clique.Between(peer, member.Rank).TryPeek(out Message? message))
                return false;
            if (message.Bytes.Length != sizeof(float) * count || message.Type != type)
            {
                foreach (Member each in member.Clique.Members)
                    each.Error = NcclResult.InvalidUsage;
                return false;
            }

            member.Clique.Between(peer, member.Rank).Dequeue().Taken = true;
            member.Device.WriteMemory(address, message.Bytes);
            return true;
        }
    }
}
