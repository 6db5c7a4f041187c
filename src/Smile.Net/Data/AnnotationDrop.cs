using System.Text;

namespace Smile.Net.Data;

/// <summary>
/// Takes annotations away at random, as the paper's study does (section 3): each organ of each case is dropped independently with
/// probability alpha.
/// </summary>
public static class AnnotationDrop
{
    /// <summary>
    /// The cases with fewer organs annotated. Each (case, organ) has one uniform number, a function of the seed and of the two
    /// names alone, and is dropped where that is below alpha: what is missing at 30 % is missing at 40 % too, and a case that
    /// joins or leaves changes nothing for the others.
    /// </summary>
    /// <param name="cases">The cases; what is not annotated stays so.</param>
    /// <param name="organs">The study's organs.</param>
    /// <param name="alpha">0 (nothing is dropped) to 1 (everything is).</param>
    /// <param name="seed">Chooses the numbers.</param>
    /// <param name="keepOne">
    /// Keeps, of an organ that would lose every annotation, the case with the highest number. False is the paper's experiment and
    /// promises nothing.
    /// </param>
    /// <exception cref="ConfigException">Alpha is not in 0 .. 1.</exception>
    public static IReadOnlyList<Case> Drop(IReadOnlyList<Case> cases, OrganSet organs, double alpha, ulong seed, bool keepOne)
    {
        if (!(alpha >= 0 && alpha <= 1))
            throw new ConfigException($"alpha is {alpha}; it is the share of annotations to drop, 0 .. 1.");
        uint[] kept = new uint[cases.Count];
        for (int k = 0; k < organs.Count; k++)
        {
            int best = -1;
            double highest = -1;
            bool any = false;
            for (int i = 0; i < cases.Count; i++)
            {
                if ((cases[i].Annotated >> k & 1) == 0)
                    continue;
                double number = Number(seed, cases[i].Id, organs.Names[k]);
                if (number > highest)
                    (best, highest) = (i, number);
                if (number >= alpha)
                    (kept[i], any) = (kept[i] | 1u << k, true);
            }

            if (keepOne && !any && best >= 0)
                kept[best] |= 1u << k;
        }

        return [.. cases.Select((each, i) => each with { Annotated = kept[i] })];
    }

    private static double Number(ulong seed, string id, string organ)
    {
        // FNV-1a, 64 bit, of "id NUL organ": a fixed function, unlike string.GetHashCode.
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes($"{id}\0{organ}"))
            hash = (hash ^ b) * 1099511628211;
        return new Rng(seed, hash).NextDouble();
    }
}
