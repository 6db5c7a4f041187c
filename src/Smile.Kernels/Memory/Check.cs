using System.Runtime.CompilerServices;

namespace Smile.Kernels.Memory;

/// <summary>The checks that every operation makes of its shape and places before anything runs.</summary>
internal static class Check
{
    /// <summary>The place holds exactly <paramref name="length"/> words.</summary>
    public static void Length(Place place, long length, [CallerArgumentExpression(nameof(place))] string name = "")
    {
        if (place.Length != length)
            throw new ArgumentException($"{name} has {place.Length} words at {place}, the shape needs {length}.", name);
    }

    /// <summary>As <see cref="Length"/>, or the operand is not given.</summary>
    public static void Optional(Place place, long length, [CallerArgumentExpression(nameof(place))] string name = "")
    {
        if (!place.IsNone)
            Length(place, length, name);
    }

    /// <summary>The extent is at least <paramref name="least"/>.</summary>
    public static void AtLeast(int value, int least, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < least)
            throw new ArgumentException($"{name} is {value}, it must be at least {least}.", name);
    }

    /// <summary>The extent is at most <paramref name="most"/>.</summary>
    public static void AtMost(int value, int most, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value > most)
            throw new ArgumentException($"{name} is {value}, it must be at most {most}.", name);
    }

    /// <summary>The element count of a tensor fits the 32-bit index of the kernels.</summary>
    public static int Count(long words, string name)
    {
        if (words is < 0 or > int.MaxValue)
            throw new ArgumentException($"{name} would have {words} elements; a tensor has at most {int.MaxValue}.", name);
        return (int)words;
    }

    /// <summary>The destination shares no word with a source.</summary>
    public static void Apart(Place destination, Place source, [CallerArgumentExpression(nameof(destination))] string name = "",
        [CallerArgumentExpression(nameof(source))] string other = "")
    {
        if (destination.Overlaps(source))
            throw new ArgumentException($"{name} at {destination} overlaps {other} at {source}.", name);
    }

    /// <summary>No destination shares a word with a source or with another destination.</summary>
    public static void Apart(ReadOnlySpan<Place> destinations, ReadOnlySpan<Place> sources)
    {
        for (int i = 0; i < destinations.Length; i++)
        {
            foreach (Place source in sources)
                Apart(destinations[i], source, "a destination", "a source");
            foreach (Place other in destinations[(i + 1)..])
                Apart(destinations[i], other, "a destination", "another");
        }
    }
}
