using System.Globalization;

namespace Smile.Net.Data;

/// <summary>
/// The four digits at the end of an image's name. nnU-Net numbers the channels of a case so (case_0000 is the first and only one of a CT),
/// other
/// data sets their cases (amos_0000, amos_0001): what a number means is told by the names around it.
/// </summary>
public static class ChannelNumbers
{
    private const int MostChannels = 4;

    /// <summary>The number that a name ends in, after an underscore; null where it ends otherwise.</summary>
    /// <param name="stem">A file's name without its ending.</param>
    public static int? Of(string stem) =>
        stem.Length > 5 && stem[^5] == '_' && int.TryParse(stem.AsSpan(stem.Length - 4), NumberStyles.None, CultureInfo.InvariantCulture,
            out int number) ? number : null;

    /// <summary>The name without the number.</summary>
    public static string Base(string stem) => Of(stem) is null ? stem : stem[..^5];

    /// <summary>
    /// The name of an image's case, beside its label map: one of the very name says that the number is part of it, else _0000 is a
    /// channel's.
    /// </summary>
    public static string CaseName(string stem, string? label) => stem == label || Of(stem) != 0 ? stem : Base(stem);

    /// <summary>
    /// Names of the cases of images that nothing is known of but their names. Several numbers of one name are names of cases, and stay,
    /// unless all names
    /// have the same few: they are channels then.
    /// </summary>
    /// <param name="stems">Names of files without their endings.</param>
    /// <exception cref="DataException">Several channels; one is read.</exception>
    public static IReadOnlyList<string> CaseNames(IReadOnlyList<string> stems)
    {
        ILookup<string, int> numbers = stems.Where(stem => Of(stem) is not null).ToLookup(Base, stem => Of(stem)!.Value);
        var several = numbers.Where(name => name.Count() > 1).ToArray();
        if (several.Length > 1 && several.Length == numbers.Count && several[0].Count() <= MostChannels
            && several.All(name => name.Order().SequenceEqual(Enumerable.Range(0, several[0].Count()))))
        {
            throw new DataException($"{several[0].Key}_0001: a second image channel, as all names have one. One CT channel is read: "
                + "give a folder with that alone.");
        }

        return [.. stems.Select(stem => Of(stem) == 0 && numbers[Base(stem)].Count() == 1 ? Base(stem) : stem)];
    }
}
