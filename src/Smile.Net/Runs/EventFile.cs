using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;

namespace Smile.Net.Runs;

/// <summary>
/// A TensorBoard event file of scalars. A record is the length (u64), its masked CRC-32C, the data and the data's masked
/// CRC-32C (TensorFlow's record_writer.h); the data is an Event message (events.proto). Writing allocates nothing, but for the first
/// record that is longer than any before.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private const int FrameHead = 12, FrameTail = 4;

    private readonly Stream _stream;
    private readonly Summary.Types.Value _value = new();
    private readonly Event _scalar;
    private byte[] _record = new byte[256];

    /// <summary>
    /// Begins a file on the stream, which it then owns. Where a run goes on after <paramref name="step"/> steps, readers are told to
    /// drop later ones of the files before.
    /// </summary>
    public EventFile(Stream stream, double wallTime, int step)
    {
        _stream = stream;
        _scalar = new Event { Summary = new Summary { Value = { _value } } };
        Write(new Event { WallTime = wallTime, FileVersion = "brain.Event:2" });
        if (step == 0)
            return;
        var start = new SessionLog { Status = SessionLog.Types.SessionStatus.Start };
        Write(new Event { WallTime = wallTime, Step = step, SessionLog = start });
    }

    /// <summary>What the names of such files begin with.</summary>
    public const string Prefix = "events.out.tfevents.";

    /// <summary>Creates a file of the usual name in a folder.</summary>
    public static EventFile Create(string folder, int step)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        // In the place of the machine's name, which TensorBoard does not read, and which is nobody's business where a run is shared.
        string name = $"{Prefix}{now.ToUnixTimeSeconds():D10}.smile.{Environment.ProcessId}.{step}";
        var stream = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        return new EventFile(stream, Seconds(now), step);
    }

    public static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>One point of a curve.</summary>
    public void Scalar(string tag, double value, int step, double wallTime)
    {
        (_value.Tag, _value.SimpleValue) = (tag, (float)value);
        (_scalar.WallTime, _scalar.Step) = (wallTime, step);
        Write(_scalar);
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>CRC-32C, rotated and shifted so that a checksum over checksums does not degenerate.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Crc(data), 15) + 0xa282ead8u;

    internal static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }

    /// <summary>Frames and writes a message.</summary>
    private void Write(Event message)
    {
        int length = message.CalculateSize(), whole = FrameHead + length + FrameTail;
        if (_record.Length < whole)
            _record = new byte[whole];
        message.WriteTo(_record.AsSpan(FrameHead, length));
        BinaryPrimitives.WriteUInt64LittleEndian(_record, (ulong)length);
        BinaryPrimitives.WriteUInt32LittleEndian(_record.AsSpan(8), MaskedCrc(_record.AsSpan(0, 8)));
        BinaryPrimitives.WriteUInt32LittleEndian(_record.AsSpan(FrameHead + length), MaskedCrc(_record.AsSpan(FrameHead, length)));
        _stream.Write(_record.AsSpan(0, whole));
    }
}
