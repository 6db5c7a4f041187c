namespace Smile.Net.Data;

/// <summary>A case to divide.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Group">Its patient (<see cref="Case.Group"/>); null where it stands alone.</param>
/// <param name="Shown">Bit k: organ k is annotated in it, and there.</param>
public readonly record struct SplitCase(string Id, string? Group, OrganBits Shown);

/// <summary>
/// Random divisions that leave every organ something to learn from: <see cref="Splits.Random"/>, and then patients of the two sides change
/// places as long as that gives more organs a training case that shows them, or, with as many of these, a held-out one. Each time the
/// change that gives most is made, of equal ones the first by name; where nothing is missing, nothing changes. With more patients to train
/// on than there are organs, one that no organ depends on can always go, so no organ stays without.
/// </summary>
public static class StratifiedSplit
{
    /// <summary>Divides the cases.</summary>
    /// <param name="cases">In any order.</param>
    /// <param name="seed">Chooses.</param>
    /// <param name="heldOut">As of <see cref="Splits.Random"/>, whose errors there are too.</param>
    /// <param name="eachHeldOut">
    /// Whether an organ without a held-out case is missing something; else only one without a training case is, and where all have one the
    /// division is the random one.
    /// </param>
    public static Split Of(IReadOnlyCollection<SplitCase> cases, ulong seed, double heldOut, bool eachHeldOut = true)
    {
        Split random = Splits.Random(cases.Select(each => (each.Id, each.Group)), seed, heldOut);
        if (random.Validation.Count == 0)
            return random;
        ILookup<string, SplitCase> patients = cases.ToLookup(each => each.Group ?? each.Id, StringComparer.Ordinal);
        var patientOf = cases.ToDictionary(each => each.Id, each => each.Group ?? each.Id, StringComparer.Ordinal);
        string[] train = Patients(random.Train), validation = Patients(random.Validation);
        OrganBits ShownBy(string patient) => patients[patient].Aggregate(default(OrganBits), (bits, each) => bits | each.Shown);
        var sides = new Sides([.. train.Select(ShownBy)], [.. validation.Select(ShownBy)], eachHeldOut);
        while (sides.BestChange() is var (t, v))
        {
            sides.Change(t, v);
            (train[t], validation[v]) = (validation[v], train[t]);
        }

        return new Split(Ids(train), Ids(validation));

        string[] Patients(IEnumerable<string> ids) => [.. ids.Select(id => patientOf[id]).Distinct(StringComparer.Ordinal)];
        string[] Ids(IEnumerable<string> of) =>
            [.. of.SelectMany(patient => patients[patient]).Select(each => each.Id).Order(StringComparer.Ordinal)];
    }

    /// <summary>The organs that the patients of either side show.</summary>
    private sealed class Sides(OrganBits[] train, OrganBits[] validation, bool eachHeldOut)
    {
        private readonly OrganBits _all = train.Concat(validation).Aggregate(default(OrganBits), (bits, each) => bits | each);

        /// <summary>The change after which least is missing, less than now; null where there is none.</summary>
        public (int Train, int Validation)? BestChange()
        {
            (int Train, int Validation)? best = null;
            (int, int) least = Missing(-1, -1);
            for (int t = 0; t < train.Length && least != (0, 0); t++)
            {
                for (int v = 0; v < validation.Length; v++)
                {
                    if (Missing(t, v) is var missing && missing.CompareTo(least) < 0)
                        (best, least) = ((t, v), missing);
                }
            }

            return best;
        }

        public void Change(int t, int v) => (train[t], validation[v]) = (validation[v], train[t]);

        /// <summary>Organs that no patient of the training side shows, and none of the other, were these two changed.</summary>
        private (int Train, int Validation) Missing(int t, int v)
        {
            OrganBits trained = t < 0 ? 0 : validation[v], held = t < 0 ? 0 : train[t];
            for (int i = 0; i < train.Length; i++)
                trained |= i == t ? 0 : train[i];
            for (int i = 0; i < validation.Length; i++)
                held |= i == v ? 0 : validation[i];
            return ((_all & ~trained).Count, eachHeldOut ? (_all & ~held).Count : 0);
        }
    }
}
