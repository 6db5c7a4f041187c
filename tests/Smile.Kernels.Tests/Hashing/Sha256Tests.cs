using System.Security.Cryptography;
using System.Text;
using Smile.Kernels.Hashing;

namespace Smile.Kernels.Tests.Hashing;

public sealed class Sha256Tests
{
    [Theory] // FIPS 180-4's examples
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void Known_texts_have_their_known_hash(string text, string hash)
    {
        Assert.Equal(hash, Sha256.Of(text));
        Assert.Equal(hash, Ours(Encoding.ASCII.GetBytes(text)));
    }

    [Fact]
    public void Without_a_library_of_the_system_each_length_has_the_same_hash()
    {
        var bytes = new byte[300];
        new Random(1).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, length))), Ours(bytes.AsSpan(0, length)));
    }

    [Fact]
    public void Pieces_of_any_length_make_the_hash_of_the_whole()
    {
        var random = new Random(2);
        var bytes = new byte[5000];
        random.NextBytes(bytes);
        foreach (bool bySystem in new[] { true, false })
        {
            using var hash = new Sha256(bySystem);
            for (int at = 0, piece; at < bytes.Length; at += piece)
            {
                piece = Math.Min(random.Next(200), bytes.Length - at);
                hash.Append(bytes.AsSpan(at, piece));
            }

            Assert.Equal(Sha256.Of(bytes), hash.Finish());
        }
    }

    [Fact]
    public void A_file_has_the_hash_of_its_bytes()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "abc");
        Assert.Equal(Sha256.Of("abc"), Sha256.OfFile(path));
        File.Delete(path);
    }

    private static string Ours(ReadOnlySpan<byte> bytes)
    {
        using var hash = new Sha256(bySystem: false);
        hash.Append(bytes);
        return hash.Finish();
    }
}
