namespace Smile.Kernels.Memory;

/// <summary>Sizes the arenas before anything is allocated: hands out places, one after another.</summary>
public sealed class ArenaPlan
{
    /// <summary>Every place starts at a multiple of this many words (256 bytes): vector loads never straddle a tensor's start.</summary>
    public const int Alignment = 64;

    private readonly long[] _words = new long[Enum.GetValues<Arena>().Length];

    /// <summary>Takes the next free place of <paramref name="length"/> words.</summary>
    public Place Take(Arena arena, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var place = new Place(arena, _words[(int)arena], length);
        _words[(int)arena] += RoundUp(length);
        return place;
    }

    /// <summary>Makes the arena at least <paramref name="words"/> long (a plan by lifetime, a shared scratch).</summary>
    public void AtLeast(Arena arena, long words) => _words[(int)arena] = Math.Max(_words[(int)arena], RoundUp(words));

    /// <summary>Words that the arena needs.</summary>
    public long Words(Arena arena) => _words[(int)arena];

    /// <summary>Words of all arenas.</summary>
    public long TotalWords => _words.Sum();

    /// <summary>The next multiple of <see cref="Alignment"/>.</summary>
    public static long RoundUp(long words) => Integers.CeilingDivide(words, Alignment) * Alignment;
}
