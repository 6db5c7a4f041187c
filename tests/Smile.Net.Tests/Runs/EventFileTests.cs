using System.Buffers.Binary;
using System.Text;
using Smile.Net.Runs;

namespace Smile.Net.Tests.Runs;

public sealed class EventFileTests
{
    [Fact]
    public void The_checksum_is_CRC_32C()
    {
        Assert.Equal(0xe3069283u, EventFile.Crc("123456789"u8));
        // Masked as TensorFlow's crc32c.h: rotated right by 15, plus a constant.
        Assert.Equal(((0xe3069283u >> 15) | (0xe3069283u << 17)) + 0xa282ead8u, EventFile.MaskedCrc("123456789"u8));
    }

    [Fact]
    public void The_first_record_has_the_known_bytes()
    {
        var stream = new MemoryStream();
        using var file = new EventFile(stream, wallTime: 1.5, step: 0);
        byte[] head = stream.ToArray();
        byte[] message = [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x1A, 13, .. "brain.Event:2"u8];
        Assert.Equal(message, head[12..^4]);
        // The length record of a 24-byte message, as every event file of TensorFlow begins.
        Assert.Equal([0x18, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22], head[..12]);
        Assert.Equal(EventFile.MaskedCrc(message), BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(^4..)));
    }

    [Fact]
    public void Scalars_are_read_back()
    {
        var stream = new MemoryStream();
        using var file = new EventFile(stream, 10, step: 0);
        file.Scalar("loss", 0.25, 300, 11);
        file.Scalar("dice/Milz µ", -1, 1, 12);
        Assert.Equal(
            [("", 0f, 0L, 10.0, false), ("loss", 0.25f, 300L, 11.0, false), ("dice/Milz µ", -1f, 1L, 12.0, false)],
            Read(stream.ToArray()));
    }

    [Theory]
    [InlineData(600)]
    [InlineData(5000)]
    public void A_name_of_any_length_is_written(int bytes)
    {
        var stream = new MemoryStream();
        using var file = new EventFile(stream, 10, step: 0);
        string tag = "loss/" + new string('x', bytes), wide = "loss/" + new string('\u809d', bytes / 3);
        file.Scalar(tag, 0.5, 1, 11);
        file.Scalar(wide, 0.25, 2, 12);
        Assert.Equal([("", 0f, 0L, 10.0, false), (tag, 0.5f, 1L, 11.0, false), (wide, 0.25f, 2L, 12.0, false)], Read(stream.ToArray()));
    }

    [Fact]
    public void A_resumed_run_tells_readers_to_drop_later_steps()
    {
        var stream = new MemoryStream();
        using var file = new EventFile(stream, 10, step: 7);
        Assert.Equal([("", 0f, 0L, 10.0, false), ("", 0f, 7L, 10.0, true)], Read(stream.ToArray()));
    }

    [Fact]
    public void A_scalar_allocates_nothing()
    {
        using var file = new EventFile(Stream.Null, 10, step: 0);
        file.Scalar("loss", 1, 1, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            file.Scalar("loss", 1, i, 1);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>A reader of its own: frames, checksums, and the fields of Event that Smile writes.</summary>
    private static List<(string Tag, float Value, long Step, double Time, bool Start)> Read(byte[] bytes)
    {
        var events = new List<(string, float, long, double, bool)>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(EventFile.MaskedCrc(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            byte[] data = bytes[(at + 12)..(at + 12 + length)];
            Assert.Equal(EventFile.MaskedCrc(data), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            at += 16 + length;
            Dictionary<int, object> fields = Fields(data);
            var (tag, value) = ("", 0f);
            if (fields.TryGetValue(5, out object? summary))
            {
                Dictionary<int, object> point = Fields((byte[])Fields((byte[])summary)[1]);
                (tag, value) = (Encoding.UTF8.GetString((byte[])point[1]), (float)point[2]);
            }

            bool start = fields.TryGetValue(7, out object? session) && (long)Fields((byte[])session)[1] == 1;
            events.Add((tag, value, fields.TryGetValue(2, out object? step) ? (long)step : 0, (double)fields[1], start));
        }

        return events;
    }

    private static Dictionary<int, object> Fields(byte[] data)
    {
        var fields = new Dictionary<int, object>();
        int at = 0;
        while (at < data.Length)
        {
            ulong key = Varint();
            switch (key & 7)
            {
                case 0:
                    fields.Add((int)(key >> 3), (long)Varint());
                    break;
                case 1:
                    fields.Add((int)(key >> 3), BinaryPrimitives.ReadDoubleLittleEndian(data.AsSpan(at)));
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint();
                    fields.Add((int)(key >> 3), data[at..(at + length)]);
                    at += length;
                    break;
                case 5:
                    fields.Add((int)(key >> 3), BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(at)));
                    at += 4;
                    break;
                default:
                    Assert.Fail($"wire type {key & 7}");
                    break;
            }
        }

        return fields;

        ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte b = data[at++];
                value |= (ulong)(b & 0x7F) << shift;
                if (b < 0x80)
                    return value;
            }
        }
    }
}
