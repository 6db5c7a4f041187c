using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Smile.Net.Runs;

/// <summary>
/// A TensorBoard event file of scalars. A record is the length (u64), its masked CRC-32C, the data and the data's masked
/// CRC-32C (TensorFlow's record_writer.h); the data is an Event message in protobuf's wire format (event.proto,
/// summary.proto), written here by hand. Writing allocates nothing, but for the
/// first text that is longer than any before.
/// </summary>
internal sealed class EventFile : IDisposable
{
    // What a message holds besides its text: numbers, keys, and lengths of at most five bytes.
    private const int FrameHead = 12, FrameTail = 4, Numbers = 64, UsualText = 128;

    private readonly Stream _stream;
    private byte[] _record = [], _value = [];

    /// <summary>
    /// Begins a file on the stream, which it then owns. Where a run goes on after <paramref name="step"/> steps, readers are told to
    /// drop later ones of the files before.
    /// </summary>
    public EventFile(Stream stream, double wallTime, int step)
    {
        _stream = stream;
        MakeRoom(UsualText);
        Message head = NewMessage();
        head.Double(1, wallTime);
        head.Text(3, "brain.Event:2");
        Write(head.Length);
        if (step == 0)
            return;
        var session = new Message(_value);
        session.Varint(1, 1); // SessionLog.START
        var restart = Event(wallTime, step);
        restart.Bytes(7, session.Written);
        Write(restart.Length);
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
        MakeRoom(tag.Length * 3); // as UTF-8
        var summaryValue = new Message(_value);
        summaryValue.Text(1, tag);
        summaryValue.Single(2, (float)value);
        int length = summaryValue.Length;
        var summary = new Message(_value.AsSpan(length));
        summary.Bytes(1, summaryValue.Written);
        var record = Event(wallTime, step);
        record.Bytes(5, summary.Written);
        Write(record.Length);
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

    /// <summary>For a text of so many bytes: as a value, and again in the summary that holds the value.</summary>
    private void MakeRoom(int text)
    {
        int longest = text + Numbers;
        if (_value.Length < 2 * longest)
            (_record, _value) = (new byte[FrameHead + longest + FrameTail], new byte[2 * longest]);
    }

    private Message NewMessage() => new(_record.AsSpan(FrameHead, _record.Length - FrameHead - FrameTail));

    private Message Event(double wallTime, int step)
    {
        Message message = NewMessage();
        message.Double(1, wallTime);
        message.Varint(2, (ulong)step);
        return message;
    }

    /// <summary>Frames and writes the message that stands in the record.</summary>
    private void Write(int length)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_record, (ulong)length);
        BinaryPrimitives.WriteUInt32LittleEndian(_record.AsSpan(8), MaskedCrc(_record.AsSpan(0, 8)));
        BinaryPrimitives.WriteUInt32LittleEndian(_record.AsSpan(FrameHead + length), MaskedCrc(_record.AsSpan(FrameHead, length)));
        _stream.Write(_record.AsSpan(0, FrameHead + length + FrameTail));
    }

    /// <summary>A protobuf message being written into a buffer.</summary>
    private ref struct Message(Span<byte> buffer)
    {
        private const int FixedEight = 1, LengthPrefixed = 2, FixedFour = 5;

        private readonly Span<byte> _buffer = buffer;

        public int Length { get; private set; }

        public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

        public void Varint(int field, ulong value)
        {
            Raw((ulong)field << 3);
            Raw(value);
        }

        public void Double(int field, double value)
        {
            Raw((ulong)field << 3 | FixedEight);
            BinaryPrimitives.WriteDoubleLittleEndian(_buffer[Length..], value);
            Length += sizeof(double);
        }

        public void Single(int field, float value)
        {
            Raw((ulong)field << 3 | FixedFour);
            BinaryPrimitives.WriteSingleLittleEndian(_buffer[Length..], value);
            Length += sizeof(float);
        }

        public void Bytes(int field, ReadOnlySpan<byte> value)
        {
            Raw((ulong)field << 3 | LengthPrefixed);
            Raw((ulong)value.Length);
            value.CopyTo(_buffer[Length..]);
            Length += value.Length;
        }

        public void Text(int field, string value)
        {
            Raw((ulong)field << 3 | LengthPrefixed);
            Raw((ulong)Encoding.UTF8.GetByteCount(value));
            Length += Encoding.UTF8.GetBytes(value, _buffer[Length..]);
        }

        private void Raw(ulong value)
        {
            while (value >= 0x80)
            {
                _buffer[Length++] = (byte)(value | 0x80);
                value >>= 7;
            }

            _buffer[Length++] = (byte)value;
        }
    }
}
