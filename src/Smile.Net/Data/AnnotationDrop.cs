namespace Smile.Net.Data;

/// <summary>What becomes of an organ that a drop would leave without any annotation.</summary>
public enum LastAnnotation
{
    /// <summary>It may lose them all.</summary>
    Dropped,

    /// <summary>It keeps that of the case with the highest number, the first of equals.</summary>
    Retained,
}

/// <summary>
/// Takes annotations away for a study. Each (case, organ) has one number, 0 to 1, and is dropped where that is below alpha: what is missing
/// at 30 % is missing at 40 % too. Where the numbers come from says why annotations are missing (<see cref="DropNumbers"/>); in the paper's
/// study (section 3) they are uniform, so that each organ of each case is dropped independently with probability alpha.
/// </summary>
public static class AnnotationDrop
{
    /// <summary>The cases with fewer organs annotated, missing at random: the paper's experiment.</summary>
    /// <inheritdoc cref="Drop(IReadOnlyList{Case}, OrganSet, double, double[][], LastAnnotation)"/>
    /// <param name="cases">The cases; what is not annotated stays so.</param>
    /// <param name="organs">The study's organs.</param>
    /// <param name="alpha">0 (nothing is dropped) to 1 (everything is).</param>
    /// <param name="seed">Chooses the numbers.</param>
    /// <param name="last">Of an organ that would lose every annotation.</param>
    public static IReadOnlyList<Case> Drop(IReadOnlyList<Case> cases, OrganSet organs, double alpha, ulong seed, LastAnnotation last) =>
        Drop(cases, organs, alpha, DropNumbers.Random(cases, organs, seed), last);

    /// <summary>The cases with fewer organs annotated.</summary>
    /// <param name="cases">The cases; what is not annotated stays so.</param>
    /// <param name="organs">The study's organs.</param>
    /// <param name="alpha">0 (nothing is dropped) to 1 (everything whose number is below 1).</param>
    /// <param name="numbers">Of each case, a number an organ.</param>
    /// <param name="last">Of an organ that would lose every annotation.</param>
    /// <exception cref="ConfigException">Alpha is not in 0 .. 1.</exception>
    public static IReadOnlyList<Case> Drop(IReadOnlyList<Case> cases, OrganSet organs, double alpha, double[][] numbers,
        LastAnnotation last)
    {
        if (!(alpha >= 0 && alpha <= 1))
            throw new ConfigException($"alpha is {alpha}; it is the share of annotations to drop, 0 .. 1.");
        OrganBits[] kept = new OrganBits[cases.Count];
        for (int k = 0; k < organs.Count; k++)
        {
            int best = -1;
            double highest = -1;
            bool any = false;
            for (int i = 0; i < cases.Count; i++)
            {
                if (!cases[i].Annotated.Has(k))
                    continue;
                double number = numbers[i][k];
                if (number > highest)
                    (best, highest) = (i, number);
                if (number >= alpha)
                    (kept[i], any) = (kept[i] | OrganBits.Of(k), true);
            }

            if (last == LastAnnotation.Retained && !any && best >= 0)
                kept[best] |= OrganBits.Of(k);
        }

        return [.. cases.Select((each, i) => each with { Annotated = kept[i] })];
    }
}
