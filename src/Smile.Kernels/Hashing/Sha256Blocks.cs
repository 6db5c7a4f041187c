using System.Buffers.Binary;
using static System.Numerics.BitOperations;

namespace Smile.Kernels.Hashing;

/// <summary>SHA-256 in plain C# (FIPS 180-4, section 6.2), for where the system has no library for it.</summary>
internal sealed class Sha256Blocks
{
    private const int Block = 64, LengthAt = Block - sizeof(ulong);

    // The first 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of the first eight.
    private static readonly uint[] _constants = [.. Primes(64).Select(p => Fraction(Math.Cbrt, p, power: 3))];
    private static readonly uint[] _start = [.. Primes(8).Select(p => Fraction(Math.Sqrt, p, power: 2))];

    private readonly uint[] _state = [.. _start];
    private readonly uint[] _schedule = new uint[64];
    private readonly byte[] _rest = new byte[Block];
    private ulong _length;

    /// <summary>Takes more bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        int held = (int)(_length % Block);
        _length += (ulong)bytes.Length;
        if (held > 0)
        {
            int taken = Math.Min(Block - held, bytes.Length);
            bytes[..taken].CopyTo(_rest.AsSpan(held));
            bytes = bytes[taken..];
            if (held + taken < Block)
                return;
            Take(_rest);
        }

        for (; bytes.Length >= Block; bytes = bytes[Block..])
            Take(bytes);
        bytes.CopyTo(_rest);
    }

    /// <summary>The 32 bytes of the hash.</summary>
    public byte[] Finish()
    {
        ulong bits = _length * 8;
        Append([0x80]);
        int held = (int)(_length % Block);
        Append(new byte[(LengthAt - held + Block) % Block]);
        var tail = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(tail, bits);
        Append(tail);
        var hash = new byte[32];
        for (int i = 0; i < _state.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(i * sizeof(uint)), _state[i]);
        return hash;
    }

    private void Take(ReadOnlySpan<byte> block)
    {
        uint[] w = _schedule;
        for (int t = 0; t < 16; t++)
            w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(t * sizeof(uint))..]);
        for (int t = 16; t < w.Length; t++)
        {
            uint early = RotateRight(w[t - 15], 7) ^ RotateRight(w[t - 15], 18) ^ (w[t - 15] >> 3);
            uint late = RotateRight(w[t - 2], 17) ^ RotateRight(w[t - 2], 19) ^ (w[t - 2] >> 10);
            w[t] = w[t - 16] + early + w[t - 7] + late;
        }

        (uint a, uint b, uint c, uint d) = (_state[0], _state[1], _state[2], _state[3]);
        (uint e, uint f, uint g, uint h) = (_state[4], _state[5], _state[6], _state[7]);
        for (int t = 0; t < w.Length; t++)
        {
            uint choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
            uint one = h + (RotateRight(e, 6) ^ RotateRight(e, 11) ^ RotateRight(e, 25)) + choice + _constants[t] + w[t];
            uint two = (RotateRight(a, 2) ^ RotateRight(a, 13) ^ RotateRight(a, 22)) + majority;
            (h, g, f, e, d, c, b, a) = (g, f, e, d + one, c, b, a, one + two);
        }

        _state[0] += a;
        _state[1] += b;
        _state[2] += c;
        _state[3] += d;
        _state[4] += e;
        _state[5] += f;
        _state[6] += g;
        _state[7] += h;
    }

    private static IEnumerable<int> Primes(int count) =>
        Enumerable.Range(2, 400).Where(n => Enumerable.Range(2, n - 2).All(d => n % d != 0)).Take(count);

    /// <summary>
    /// floor(root * 2^32) without its whole part: a double gives it but for its last bits, which whole numbers put right.
    /// </summary>
    private static uint Fraction(Func<double, double> root, int prime, int power)
    {
        Int128 wanted = (Int128)prime << 32 * power;
        var guess = (Int128)(root(prime) * (1L << 32));
        while (Power(guess, power) > wanted)
            guess--;
        while (Power(guess + 1, power) <= wanted)
            guess++;
        return (uint)(guess & uint.MaxValue);
    }

    private static Int128 Power(Int128 number, int power) => power == 2 ? number * number : number * number * number;
}
