using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Net.Data;
using ZstdSharp;

namespace Smile.Net.Store;

/// <summary>
/// A packed file, opened: its index is in memory and checked against the file's length; slices are read when they are asked for, by any
/// number of threads.
/// </summary>
internal sealed class PackedCase : ISliceSource, IDisposable
{
    // Of each thread: what it decompresses with.
    [ThreadStatic]
    private static Scratch? _scratch;

    private readonly SafeFileHandle _file;
    private readonly Entry[] _frames;
    private readonly Entry[] _blocks;

    private PackedCase(string path, SafeFileHandle file, PackedHeader header, StoredFile stored, Entry[] frames, Entry[] blocks)
    {
        (Path, _file, Header, Stored, _frames, _blocks) = (path, file, header, stored, frames, blocks);
        Geometry = new Geometry(header.Depth, header.Height, header.Width, [.. header.Affine]);
    }

    public string Path { get; }

    public PackedHeader Header { get; }

    /// <summary>The file's length and the CRC of its index; the name is the path.</summary>
    public StoredFile Stored { get; }

    public Geometry Geometry { get; }

    /// <inheritdoc/>
    public bool IsWhole => Header.Whole;

    /// <inheritdoc/>
    public string Hash => Header.ImageHash;

    private int SliceBytes => Geometry.Height * Geometry.Width * (IsWhole ? sizeof(short) : sizeof(float));

    /// <summary>Opens a file and checks its index.</summary>
    /// <exception cref="DataException">It cannot be opened, is torn, or of another version.</exception>
    public static PackedCase Open(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
            return Open(path, file);
        }
        catch (Exception e)
        {
            file?.Dispose();
            if (e is IOException or UnauthorizedAccessException or JsonException)
                throw new DataException($"{path}: cannot be read: {e.Message} {PackedFormat.Remedy}", e);
            throw;
        }
    }

    /// <summary>The case, its labels in memory, its image where it is.</summary>
    /// <param name="annotated">The organs that training may see.</param>
    /// <param name="group"><see cref="Case.Group"/>.</param>
    /// <exception cref="DataException">Its labels are damaged.</exception>
    public CaseData ToCase(OrganBits annotated, string? group)
    {
        SliceRuns<byte> labels = Runs<byte>(0, "labels") ?? throw Torn("it has no labels");
        foreach (byte label in labels.Runs(out _))
            if (label > Header.Organs.Count && label != Labels.Ignore)
                throw Torn($"a label is {label}, and there are {Header.Organs.Count} organs");
        return new CaseData(Header.Id, new CaseImage(Geometry, this), labels, annotated, annotated | Header.Shown)
        {
            Group = group,
            Pseudo = Pseudo(),
        };
    }

    private OrganRuns? Pseudo()
    {
        var words = new List<SliceRuns<uint>>();
        for (int word = 0; word < MaskWords.Of(Header.Organs.Count); word++)
            if (Runs<uint>(PackedFormat.RunBlocks * (1 + word), "pseudo labels") is { } runs)
                words.Add(runs);
        return words.Count == 0 ? null
            : words.Count == MaskWords.Of(Header.Organs.Count) ? new OrganRuns([.. words])
            : throw Torn("a part of its pseudo labels is missing");
    }

    /// <inheritdoc/>
    public void Read(int z, Span<byte> numbers)
    {
        Scratch scratch = _scratch ??= new Scratch();
        (long offset, int length, uint crc) = _frames[z];
        if (scratch.Frame.Length < length)
            scratch.Frame = new byte[length + length / 2];
        if (scratch.Planes.Length < numbers.Length)
            scratch.Planes = new byte[numbers.Length];
        Span<byte> frame = scratch.Frame.AsSpan(0, length), planes = scratch.Planes.AsSpan(0, numbers.Length);
        ReadAll(offset, frame, $"slice {z}", crc);
        int written;
        try
        {
            written = scratch.Zstd.Unwrap(frame, planes);
        }
        catch (ZstdException e)
        {
            throw Damaged($"slice {z}", e);
        }

        if (written != planes.Length)
            throw Damaged($"slice {z}");
        ByteShuffle.Together(planes, IsWhole ? sizeof(short) : sizeof(float), numbers);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static PackedCase Open(string path, SafeFileHandle file)
    {
        DataException Torn(string what) => new($"{path}: {what}: it is torn, or no packed case. {PackedFormat.Remedy}");
        long length = RandomAccess.GetLength(file);
        if (length < PackedFormat.HeaderBytes + PackedFormat.FooterBytes)
            throw Torn($"has {length} bytes");
        Span<byte> head = stackalloc byte[PackedFormat.HeaderBytes], foot = stackalloc byte[PackedFormat.FooterBytes];
        if (!Fill(file, 0, head) || !head.StartsWith(PackedFormat.Magic))
            throw Torn("does not begin as one");
        if (BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) is var version && version != PackedFormat.Version
            && version != PackedFormat.ManyOrgans)
            throw PackedFormat.OtherVersion(path, version);
        if (!Fill(file, length - foot.Length, foot) || !foot.EndsWith(PackedFormat.Magic))
            throw Torn("does not end as one");
        long at = BinaryPrimitives.ReadInt64LittleEndian(foot), size = BinaryPrimitives.ReadInt64LittleEndian(foot[8..]);
        uint crc = BinaryPrimitives.ReadUInt32LittleEndian(foot[16..]);
        if (size is < sizeof(int) or > PackedFormat.MostIndex || at < head.Length || at != length - foot.Length - size)
            throw Torn($"its index is said to have {size} bytes from byte {at} of {length} on");
        byte[] index = new byte[size];
        if (!Fill(file, at, index) || Crc32C.Of(index) != crc)
            throw Torn("its index is damaged");
        int text = BinaryPrimitives.ReadInt32LittleEndian(index);
        if (text < 0 || text > index.Length - sizeof(int))
            throw Torn($"its index is said to begin with {text} bytes of text");
        PackedHeader header = JsonSerializer.Deserialize(index.AsSpan(sizeof(int), text), StoreJson.Default.PackedHeader)
            ?? throw Torn("its index says nothing");
        if (version != PackedFormat.VersionOf(header.Organs.Count))
            throw PackedFormat.OtherVersion(path, version);
        ReadOnlySpan<byte> entries = index.AsSpan(sizeof(int) + text);
        if (header.Depth < 1 || header.Height < 1 || header.Width < 1 || header.Affine.Count != 12
            || (long)header.Height * header.Width > PackedFormat.MostPixels
            || (long)header.Depth * header.Height * header.Width > Array.MaxLength
            || entries.Length != ((long)header.Depth + PackedFormat.Blocks(header.Organs.Count)) * PackedFormat.EntryBytes)
            throw Torn($"its index of {size} bytes says {header.Depth} x {header.Height} x {header.Width} voxels");
        var all = new Entry[header.Depth + PackedFormat.Blocks(header.Organs.Count)];
        for (int i = 0; i < all.Length; i++)
        {
            ReadOnlySpan<byte> entry = entries[(i * PackedFormat.EntryBytes)..];
            all[i] = new Entry(BinaryPrimitives.ReadInt64LittleEndian(entry), BinaryPrimitives.ReadInt32LittleEndian(entry[8..]),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]));
            if (all[i].Length < 0 || all[i].Offset < head.Length || all[i].Offset > at - all[i].Length)
                throw Torn($"part {i} is said to have {all[i].Length} bytes from byte {all[i].Offset} of {length} on");
        }

        return new PackedCase(path, file, header, new StoredFile(path, length, crc), all[..header.Depth], all[header.Depth..]);
    }

    /// <summary>Runs from three blocks; null where they are empty.</summary>
    private SliceRuns<T>? Runs<T>(int first, string what)
        where T : unmanaged, IEquatable<T>
    {
        if (_blocks[first].Length == 0)
            return null;
        T[] values = Block<T>(first, what);
        ushort[] lengths = Block<ushort>(first + 1, what);
        int[] ends = Block<int>(first + 2, what);
        return ends.Length != Geometry.Depth
            ? throw Torn($"its {what} are those of {ends.Length} slices")
            : SliceRuns<T>.From(Geometry.Height * Geometry.Width, values, lengths, ends)
                ?? throw Torn($"its {what} do not fill its slices");
    }

    private T[] Block<T>(int index, string what)
        where T : unmanaged
    {
        (long offset, int length, uint crc) = _blocks[index];
        var elements = new T[length / Marshal.SizeOf<T>()];
        Span<byte> bytes = MemoryMarshal.AsBytes(elements.AsSpan());
        if (bytes.Length != length)
            throw Torn($"its {what} have {length} bytes");
        ReadAll(offset, bytes, what, crc);
        return elements;
    }

    private void ReadAll(long offset, Span<byte> bytes, string what, uint crc)
    {
        bool filled;
        try
        {
            filled = Fill(_file, offset, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{Path}: {what} cannot be read: {e.Message}", e);
        }

        if (!filled || Crc32C.Of(bytes) != crc)
            throw Damaged(what);
    }

    private static bool Fill(SafeFileHandle file, long offset, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(file, bytes, offset);
            if (read == 0)
                return false;
            bytes = bytes[read..];
            offset += read;
        }

        return true;
    }

    private DataException Damaged(string what, Exception? inner = null) => new($"{Path}: {what} is damaged. {PackedFormat.Remedy}", inner);

    private DataException Torn(string what) => new($"{Path}: {what}. {PackedFormat.Remedy}");

    private readonly record struct Entry(long Offset, int Length, uint Crc);

    private sealed class Scratch
    {
        public Decompressor Zstd { get; } = new();

        public byte[] Frame { get; set; } = [];

        public byte[] Planes { get; set; } = [];
    }
}
