using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Smile.Net.Data;
using ZstdSharp;

namespace Smile.Net.Store;

/// <summary>Packs a case into a file.</summary>
internal static class PackedCaseWriter
{
    // Slices that are compressed at once and then written.
    private const int Together = 32;

    /// <summary>Writes a case as a whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="data">The case.</param>
    /// <param name="organs">The study's.</param>
    /// <param name="shown"><see cref="PackedHeader.Shown"/>.</param>
    /// <param name="recipe"><see cref="PackedHeader.Recipe"/>.</param>
    /// <param name="sources">The files that it was made of.</param>
    /// <param name="doubts">What speaks against its numbers being HU.</param>
    /// <exception cref="DataException">It cannot be written, or its slices are too large.</exception>
    public static void Write(string path, CaseData data, OrganSet organs, OrganBits shown, string recipe,
        IReadOnlyList<SourceFile> sources, IReadOnlyList<string> doubts)
    {
        Geometry geometry = data.Geometry;
        if ((long)geometry.Height * geometry.Width > PackedFormat.MostPixels)
            throw new DataException($"{data.Id}: slices of {geometry.Height} x {geometry.Width} voxels (y, x): at most "
                + $"{PackedFormat.MostPixels} voxels can be packed.");
        var header = new PackedHeader
        {
            Id = data.Id,
            Depth = geometry.Depth,
            Height = geometry.Height,
            Width = geometry.Width,
            Affine = geometry.Affine,
            Whole = data.Image.IsWhole,
            Organs = organs.Names,
            Shown = shown,
            ImageHash = data.Image.Hash,
            ContentHash = DataHash.OfContent(data),
            Doubts = doubts,
            Recipe = recipe,
            Sources = sources,
        };
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(header, StoreJson.Default.PackedHeader);
        AtomicFile.Write(path, stream =>
        {
            var part = new Parts(stream, new byte[sizeof(int) + text.Length
                + (geometry.Depth + PackedFormat.Blocks(organs.Count)) * PackedFormat.EntryBytes]);
            BinaryPrimitives.WriteInt32LittleEndian(part.Index, text.Length);
            text.CopyTo(part.Index.AsSpan(sizeof(int)));
            part.Next = sizeof(int) + text.Length;
            Span<byte> head = stackalloc byte[PackedFormat.HeaderBytes];
            head.Clear();
            PackedFormat.Magic.CopyTo(head);
            BinaryPrimitives.WriteInt32LittleEndian(head[8..], PackedFormat.VersionOf(organs.Count));
            part.Write(head);
            byte[] last = [];
            foreach (byte[] frame in Frames(data.Image))
            {
                // Slices that were padded are all alike.
                if (frame.AsSpan().SequenceEqual(last))
                    part.Repeat();
                else
                    part.Add(last = frame);
            }

            AddRuns(part, data.Labels);
            for (int word = 0; word < data.Pseudo?.Words; word++)
                AddRuns(part, data.Pseudo.Word(word));
            for (int i = PackedFormat.RunBlocks; data.Pseudo is null && i < PackedFormat.Blocks(organs.Count); i++)
                part.Add([]);
            Span<byte> foot = stackalloc byte[PackedFormat.FooterBytes];
            BinaryPrimitives.WriteInt64LittleEndian(foot, part.Offset);
            BinaryPrimitives.WriteInt64LittleEndian(foot[8..], part.Index.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(foot[16..], Crc32C.Of(part.Index));
            BinaryPrimitives.WriteInt32LittleEndian(foot[20..], PackedFormat.VersionOf(organs.Count));
            PackedFormat.Magic.CopyTo(foot[24..]);
            part.Write(part.Index);
            part.Write(foot);
        });
    }

    /// <summary>The frames of an image's slices, in their order; some are made at once.</summary>
    private static IEnumerable<byte[]> Frames(CaseImage image)
    {
        var frames = new byte[Together][];
        for (int first = 0; first < image.Geometry.Depth; first += Together)
        {
            int count = Math.Min(Together, image.Geometry.Depth - first), start = first;
            Parallel.For(0, count, () => new Packer(image), (i, _, packer) =>
            {
                frames[i] = packer.Frame(start + i);
                return packer;
            }, packer => packer.Dispose());
            for (int i = 0; i < count; i++)
                yield return frames[i];
        }
    }

    private static void AddRuns<T>(Parts part, SliceRuns<T> runs)
        where T : unmanaged, IEquatable<T>
    {
        part.Add(MemoryMarshal.AsBytes(runs.Runs(out ReadOnlySpan<ushort> lengths)));
        part.Add(MemoryMarshal.AsBytes(lengths));
        part.Add(MemoryMarshal.AsBytes(runs.Ends));
    }

    /// <summary>What has been written of a file, and its index.</summary>
    private sealed class Parts(Stream stream, byte[] index)
    {
        public byte[] Index => index;

        /// <summary>Where the next entry of the index goes.</summary>
        public int Next { get; set; }

        public long Offset { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            Offset += bytes.Length;
        }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            BinaryPrimitives.WriteInt64LittleEndian(index.AsSpan(Next), Offset);
            BinaryPrimitives.WriteInt32LittleEndian(index.AsSpan(Next + 8), bytes.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(index.AsSpan(Next + 12), Crc32C.Of(bytes));
            Next += PackedFormat.EntryBytes;
            Write(bytes);
        }

        /// <summary>Another part of the same bytes as the last one.</summary>
        public void Repeat()
        {
            index.AsSpan(Next - PackedFormat.EntryBytes, PackedFormat.EntryBytes).CopyTo(index.AsSpan(Next));
            Next += PackedFormat.EntryBytes;
        }
    }

    /// <summary>Packs slices of an image, one after another.</summary>
    private sealed class Packer(CaseImage image) : IDisposable
    {
        private readonly Compressor _zstd = new(PackedFormat.Level);
        private readonly byte[] _numbers = new byte[image.SliceBytes], _planes = new byte[image.SliceBytes];
        private readonly byte[] _frame = new byte[Compressor.GetCompressBound(image.SliceBytes)];

        public byte[] Frame(int z)
        {
            image.ReadNumbers(z, _numbers);
            ByteShuffle.Apart(_numbers, image.NumberBytes, _planes);
            return _frame.AsSpan(0, _zstd.Wrap(_planes, _frame)).ToArray();
        }

        public void Dispose() => _zstd.Dispose();
    }
}
