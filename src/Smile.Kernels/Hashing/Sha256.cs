using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Smile.Kernels.Hashing;

/// <summary>
/// SHA-256 as hexadecimal text, by the system's library where there is one. On Linux that is OpenSSL, without which .NET ends the process
/// at the first hash; small containers have none. Then it is computed here (<see cref="Sha256Blocks"/>): the same hash, more slowly.
/// </summary>
public sealed class Sha256 : IDisposable
{
    private static readonly bool _systemHas = !OperatingSystem.IsLinux() || HasOpenSsl();

    private readonly IncrementalHash? _system;
    private readonly Sha256Blocks? _blocks;

    /// <summary>Begins a hash of no bytes.</summary>
    public Sha256()
        : this(_systemHas)
    {
    }

    internal Sha256(bool bySystem)
    {
        if (bySystem)
            _system = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        else
            _blocks = new Sha256Blocks();
    }

    /// <summary>Of bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        using var hash = new Sha256();
        hash.Append(bytes);
        return hash.Finish();
    }

    /// <summary>Of a text as UTF-8.</summary>
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Of a file, read through once.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string OfFile(string path)
    {
        using var hash = new Sha256();
        using FileStream stream = File.OpenRead(path);
        var buffer = new byte[1 << 20];
        for (int read; (read = stream.Read(buffer)) > 0;)
            hash.Append(buffer.AsSpan(0, read));
        return hash.Finish();
    }

    /// <summary>Takes more bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _system?.AppendData(bytes);
        _blocks?.Append(bytes);
    }

    /// <summary>The hash of all bytes, 64 lower-case digits; nothing can be appended after it.</summary>
    public string Finish() => Convert.ToHexStringLower(_system is null ? _blocks!.Finish() : _system.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _system?.Dispose();

    /// <summary>Whether the library is there that .NET looks for.</summary>
    private static bool HasOpenSsl()
    {
        foreach (string name in new[] { "libssl.so.3", "libssl.so.1.1" })
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                NativeLibrary.Free(library);
                return true;
            }

        return false;
    }
}
