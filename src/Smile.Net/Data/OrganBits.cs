using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Smile.Net.Data;

/// <summary>A set of organs: bit k is organ k of an <see cref="OrganSet"/>.</summary>
/// <param name="Bits">The bits.</param>
[JsonConverter(typeof(OrganBitsJson))]
public readonly record struct OrganBits(UInt128 Bits)
{
    /// <summary>Organs that there are bits for.</summary>
    public const int Most = 128;

    /// <summary>Of the first 32 organs: a mask word.</summary>
    public static implicit operator OrganBits(uint word) => new(word);

    public static OrganBits operator &(OrganBits a, OrganBits b) => new(a.Bits & b.Bits);

    public static OrganBits operator |(OrganBits a, OrganBits b) => new(a.Bits | b.Bits);

    /// <summary>The organs that are not in the set, of all that there can be.</summary>
    public static OrganBits operator ~(OrganBits a) => new(~a.Bits);

    /// <summary>All organs that there can be.</summary>
    public static OrganBits All => new(UInt128.MaxValue);

    public bool IsEmpty => Bits == UInt128.Zero;

    /// <summary>How many organs are in it.</summary>
    public int Count => (int)UInt128.PopCount(Bits);

    /// <summary>The organ with the lowest index; of an empty set <see cref="Most"/>.</summary>
    public int Lowest => (int)UInt128.TrailingZeroCount(Bits);

    /// <summary>One organ.</summary>
    public static OrganBits Of(int organ) => new(UInt128.One << organ);

    /// <summary>Some organs.</summary>
    public static OrganBits Of(IEnumerable<int> organs) => organs.Aggregate(default(OrganBits), (bits, organ) => bits | Of(organ));

    /// <summary>The first <paramref name="count"/> organs.</summary>
    public static OrganBits First(int count) => count == 0 ? default : new(UInt128.MaxValue >> (Most - count));

    /// <summary>Whether an organ is in the set.</summary>
    public bool Has(int organ) => (Bits >> organ & UInt128.One) != UInt128.Zero;

    /// <summary>Mask word <paramref name="word"/>: its bit k is organ 32 word + k.</summary>
    public uint Word(int word) => (uint)(Bits >> (32 * word));

    /// <summary>Writes the first words of the set.</summary>
    /// <param name="words">Overwritten.</param>
    public void CopyTo(Span<uint> words)
    {
        for (int i = 0; i < words.Length; i++)
            words[i] = Word(i);
    }

    /// <summary>Gives the organs in the order of their index.</summary>
    public Enumerator GetEnumerator() => new(Bits);

    /// <summary>The indices in order.</summary>
    public IEnumerable<int> Organs()
    {
        foreach (int organ in this)
            yield return organ;
    }

    /// <inheritdoc/>
    public override string ToString() => Bits.ToString(CultureInfo.InvariantCulture);

    /// <summary>The set's organs, lowest first.</summary>
    public struct Enumerator(UInt128 left)
    {
        private ulong _low = (ulong)left, _high = (ulong)(left >> 64);

        public int Current { get; private set; }

        public bool MoveNext()
        {
            if (_low != 0)
            {
                Current = BitOperations.TrailingZeroCount(_low);
                _low &= _low - 1;
                return true;
            }

            if (_high == 0)
                return false;
            Current = 64 + BitOperations.TrailingZeroCount(_high);
            _high &= _high - 1;
            return true;
        }
    }
}

/// <summary>A set of organs as the number of its bits.</summary>
internal sealed class OrganBitsJson : JsonConverter<OrganBits>
{
    public override OrganBits Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && !reader.HasValueSequence
            && UInt128.TryParse(reader.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out UInt128 bits)
            ? new(bits)
            : throw new JsonException("A set of organs is a whole number from 0 to 2^128 - 1.");

    public override void Write(Utf8JsonWriter writer, OrganBits value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.ToString());
}
