using System.Globalization;
using Smile.Host.Cli;
using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// Sees to it that the slices of a volume are of one acquisition, phase and reconstruction. A value may change once along the normal, as
/// where a
/// scan goes on with another kernel; slices that lie between those of another value were never one image.
/// </summary>
internal static class Acquisitions
{
    private const int MostListed = 5, MostNamed = 3, LeastOfPass = 4;

    /// <summary>Those that a block by itself is told of.</summary>
    private static readonly string[] Told = ["AcquisitionNumber", "ConvolutionKernel", "KVP", "SeriesNumber", "SeriesDescription"];

    /// <summary>The slices of one acquisition.</summary>
    /// <param name="series">How messages call the series.</param>
    /// <param name="slices">In the order of their places.</param>
    /// <param name="at">Their places along the normal, mm.</param>
    /// <param name="name">How messages call a slice.</param>
    /// <param name="choices">What is meant where there are several; those that nothing hangs on are told and not followed.</param>
    /// <param name="warnings">Hears of acquisitions that follow one another.</param>
    /// <exception cref="DataException">Several lie between each other and none is chosen.</exception>
    public static CtSlice[] One(
        string series, CtSlice[] slices, Func<CtSlice, double> at, Func<CtSlice, string> name, IReadOnlyList<SliceChoice> choices,
            List<string> warnings)
    {
        List<SliceChoice> left = [.. choices];
        Difference[] all = Of(slices);
        for (List<Difference> mixed; (mixed = Mixed(all, slices, at)).Count > 0; all = Of(slices))
        {
            if (left.RemoveAll(choice => choice.Key == SliceChoice.All) > 0)
            {
                warnings.Add($"{slices[0].File.Path}: slices that differ in {mixed[0].Key} lie between each other; they are taken as "
                    + $"one image, as was asked for (--choose {SliceChoice.All}).");
                break;
            }

            if (left.Find(choice => mixed.Exists(one => one.Key == choice.Key)) is not { } chosen)
                throw new DataException($"{series}: {Describe(mixed, slices, name)}");
            left.Remove(chosen);
            Difference difference = mixed.Find(one => one.Key == chosen.Key)!;
            CtSlice[] taken = [.. slices.Where((_, i) => difference.Values[i] == chosen.Value)];
            if (taken.Length == 0)
                throw new DataException($"{series}: --choose {chosen}: no slice has that. {Describe([difference], slices, name)}");
            warnings.Add($"{slices[0].File.Path}: one of several values of {chosen.Key} was chosen: {taken.Length} of {slices.Length} "
                + "slices.");
            slices = taken;
        }

        foreach (SliceChoice choice in left.Where(choice => choice.Key != SliceChoice.All))
            warnings.Add($"{slices[0].File.Path}: --choose {choice.Key} chooses nothing here: no two values of it lie between each other.");
        // A scanner that stands still for each slice numbers each: that is no news.
        foreach (Difference block in all.Where(block => Told.Contains(block.Key) && !block.IsMixed && block.Count > 1
            && 2 * block.Count <= slices.Length))
            warnings.Add($"{slices[0].File.Path}: {block.Count} values of {block.Key} follow one another: is it one acquisition?");
        return slices;
    }

    /// <summary>In what the slices differ so that those of one value lie between those of another.</summary>
    private static List<Difference> Mixed(Difference[] all, CtSlice[] slices, Func<CtSlice, double> at)
    {
        List<Difference> mixed = [.. all.Where(one => one.IsMixed)];
        double[] places = [.. slices.Select(at)];
        foreach (Func<CtSlice, double?> order in (Func<CtSlice, double?>[])[slice => slice.Origin.Time, slice => slice.Origin.Instance])
        {
            if (mixed.Count == 0 && Passes([.. slices.Select(order)], places) is { IsMixed: true } passes)
                mixed.Add(passes);
        }

        return mixed;
    }

    private static Difference[] Of(CtSlice[] slices) =>
        [.. SliceOrigin.Keys.Select((key, k) => new Difference(key, [.. slices.Select(slice => slice.Origin.Values[k])]))];

    /// <summary>
    /// The passes along the normal: in the order of time (or of instance numbers) the place goes one way as long as one acquisition lasts.
    /// Null where
    /// the order is not known, or has nothing to do with the place: a table that only moves on makes few passes of many slices, any other
    /// order many of few.
    /// </summary>
    private static Difference? Passes(double?[] order, double[] places)
    {
        if (order.Contains(null))
            return null;
        (double Place, int[] Slices)[] moments = [.. Enumerable.Range(0, places.Length).GroupBy(i => order[i]!.Value)
            .OrderBy(moment => moment.Key)
            .Select(moment => (moment.Average(i => places[i]), moment.ToArray()))];
        string[] pass = new string[places.Length];
        int number = 1, way = 0;
        for (int m = 0; m < moments.Length; m++)
        {
            if (m > 0)
            {
                int step = Math.Sign(moments[m].Place - moments[m - 1].Place);
                bool another = step == 0 || (way != 0 && step != way);
                (number, way) = another ? (number + 1, 0) : (number, step);
            }

            foreach (int slice in moments[m].Slices)
                pass[slice] = number.ToString(CultureInfo.InvariantCulture);
        }

        return number * LeastOfPass <= places.Length ? new Difference(SliceChoice.Pass, pass) : null;
    }

    private static string Describe(List<Difference> mixed, CtSlice[] slices, Func<CtSlice, string> name)
    {
        Difference first = mixed[0];
        string[] values = [.. first.Values.Where(value => value.Length > 0).Distinct()];
        string parts = string.Join(", ", values.Take(MostListed).Select(value =>
        {
            string[] own = [.. slices.Where((_, i) => first.Values[i] == value).Select(name)];
            return $"{value} ({own.Length}: {string.Join(", ", own.Take(MostNamed))}{(own.Length > MostNamed ? ", ..." : "")})";
        }));
        string alike = string.Join(", ", mixed.Skip(1).Select(one => one.Key));
        return $"slices of {values.Length} acquisitions or reconstructions lie between each other: {first.Key} is "
            + $"{parts}{(values.Length > MostListed ? $" and {values.Length - MostListed} more" : "")}"
            + $"{(alike.Length > 0 ? $"; they differ in {alike} too" : "")}. Choose one: --choose "
            + $"{ShellText.Quoted($"{first.Key}={values[0]}")} (or {SliceChoice.All}, where they are one image after all).";
    }

    /// <summary>A value of each slice, in the order of their places; empty where it is not known.</summary>
    private sealed class Difference
    {
        public Difference(string key, string[] values)
        {
            (Key, Values) = (key, values);
            string last = "";
            int runs = 0;
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (string value in values.Where(value => value.Length > 0))
            {
                seen.Add(value);
                runs += value == last ? 0 : 1;
                last = value;
            }

            (Count, IsMixed) = (seen.Count, runs > seen.Count);
        }

        public string Key { get; }

        public string[] Values { get; }

        /// <summary>How many there are.</summary>
        public int Count { get; }

        /// <summary>True where one stands on both sides of another.</summary>
        public bool IsMixed { get; }
    }
}
