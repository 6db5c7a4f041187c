using System.Buffers.Binary;
using System.Text;
using Smile.Net.Data;
using Smile.Net.Store;

namespace Smile.Net.Tests.Store;

/// <summary>No byte of a store is believed.</summary>
public sealed class DamagedStoreTests : IDisposable
{
    private readonly PackedFolder _packed = new();
    private readonly string _path;
    private readonly byte[] _bytes;

    public DamagedStoreTests()
    {
        _packed.Pack();
        _path = _packed.File("whole");
        _bytes = File.ReadAllBytes(_path);
    }

    public void Dispose() => _packed.Dispose();

    [Fact]
    public void A_file_that_is_cut_off_anywhere_is_named()
    {
        for (int length = 0; length < _bytes.Length; length++)
        {
            File.WriteAllBytes(_path, _bytes[..length]);
            Assert.StartsWith(_path, Assert.Throws<DataException>(() => PackedCase.Open(_path)).Message, StringComparison.Ordinal);
        }

        Refused(_path, "torn");
        File.Delete(_path);
        Refused(_path, "missing");
    }

    [Fact]
    public void A_byte_that_is_another_one_is_found()
    {
        CaseData whole;
        using (PackedCase packed = PackedCase.Open(_path))
        {
            whole = packed.ToCase(0, null);
            whole = new CaseData(whole.Id, whole.Image.ToVolume(), whole.Labels.ToArray(), whole.Annotated, whole.Truth);
        }

        int found = 0;
        for (int i = 0; i < _bytes.Length; i++)
        {
            byte[] other = [.. _bytes];
            other[i] ^= 0x40;
            File.WriteAllBytes(_path, other);
            try
            {
                using PackedCase packed = PackedCase.Open(_path);
                PackedFolder.AssertSame(whole, packed.ToCase(0, null));
            }
            catch (DataException e)
            {
                Assert.StartsWith(_path, e.Message, StringComparison.Ordinal);
                found++;
            }
        }

        Assert.Equal(_bytes.Length - 8, found); // the four bytes that mean nothing, and the version in the footer
    }

    [Fact]
    public void Files_that_were_swapped_are_named()
    {
        // Alike in length, which the manifest knows.
        string other = _packed.File("t");
        _packed.Data.Write("annotations.json", "{}");
        byte[] fitted = [.. File.ReadAllBytes(other)];
        long length = Math.Max(fitted.Length, _bytes.Length);
        string manifest = Path.Combine(_packed.Store, "store.json"), text = File.ReadAllText(manifest);
        File.WriteAllText(manifest, text.Replace($"\"bytes\": {_bytes.Length}", $"\"bytes\": {fitted.Length}", StringComparison.Ordinal));
        File.WriteAllBytes(_path, fitted);
        Assert.True(length > 0);
        Dataset store = PackedStore.Open(_packed.Store);
        string message = Assert.Throws<DataException>(() => store.Load(store.Training.Single(each => each.Id == "whole"))).Message;
        Assert.StartsWith(_path, message, StringComparison.Ordinal);
        Assert.Contains("the case 't'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_an_earlier_packing_is_named()
    {
        _packed.Write("whole", 2, "Tr");
        File.WriteAllText(_packed.Data.At("imagesTr", "whole_0000.nii.gz"), "2");
        string manifest = Path.Combine(_packed.Store, "store.json");
        _packed.Pack();
        string text = File.ReadAllText(manifest);
        File.WriteAllText(manifest, text.Replace($"\"bytes\": {new FileInfo(_path).Length}", $"\"bytes\": {_bytes.Length}",
            StringComparison.Ordinal));
        File.WriteAllBytes(_path, _bytes);
        Dataset store = PackedStore.Open(_packed.Store);
        Assert.Contains("another state of this case",
            Assert.Throws<DataException>(() => store.Load(store.Training.Single(each => each.Id == "whole"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_of_another_version_is_refused()
    {
        string manifest = Path.Combine(_packed.Store, "store.json"), text = File.ReadAllText(manifest);
        File.WriteAllText(manifest, """{ "smile_store": 2, "what": "nobody knows yet" }""");
        Refused(manifest, "is of version 2", "reads version 1");
        File.WriteAllText(manifest, """{ "smile": "0.2" }""");
        Refused(manifest, "is no manifest");
        File.WriteAllText(manifest, text[..^20]);
        Refused(manifest, "cannot be read");
        File.WriteAllText(manifest, text.Replace("cases/whole", "../cases/whole", StringComparison.Ordinal));
        Refused(manifest, "not below the store");

        byte[] newer = [.. _bytes];
        newer[8] = 2;
        File.WriteAllBytes(_path, newer);
        Assert.Contains("is of version 2", Assert.Throws<DataException>(() => PackedCase.Open(_path)).Message, StringComparison.Ordinal);
    }

    [Theory] // each with the CRC that makes it look true
    [InlineData("\"depth\": 3", "\"depth\": 2147483647")]
    [InlineData("\"depth\": 3", "\"depth\": 0")]
    [InlineData("\"width\": 7", "\"width\": 2000000000")]
    [InlineData("\"width\": 7", "\"width\": 8")]
    [InlineData("\"height\": 5", "\"height\": 67108864")]
    [InlineData("\"organs\": [", "\"organs\": 3, \"x\": [")]
    public void A_size_that_is_only_declared_is_not_believed(string part, string other)
    {
        long at = BinaryPrimitives.ReadInt64LittleEndian(_bytes.AsSpan(_bytes.Length - PackedFormat.FooterBytes));
        int length = BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan((int)at));
        string header = Encoding.UTF8.GetString(_bytes.AsSpan((int)at + 4, length));
        Assert.Contains(part, header, StringComparison.Ordinal);
        byte[] text = Encoding.UTF8.GetBytes(header.Replace(part, other, StringComparison.Ordinal));
        byte[] entries = _bytes[((int)at + 4 + length)..^PackedFormat.FooterBytes], footer = _bytes[^PackedFormat.FooterBytes..];
        byte[] index = [.. BitConverter.GetBytes(text.Length), .. text, .. entries];
        BinaryPrimitives.WriteInt64LittleEndian(footer.AsSpan(8), index.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(footer.AsSpan(16), Crc32C.Of(index));
        File.WriteAllBytes(_path, [.. _bytes.AsSpan(0, (int)at), .. index, .. footer]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<DataException>(() =>
        {
            using PackedCase packed = PackedCase.Open(_path);
            packed.ToCase(0, null).Image.ToVolume();
        }).Message;
        Assert.StartsWith(_path, message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    private void Refused(params string[] parts)
    {
        string message = Assert.Throws<DataException>(() => PackedStore.Open(_packed.Store)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
