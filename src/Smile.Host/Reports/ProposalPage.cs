using System.Globalization;
using Smile.Host.Imaging;
using Smile.Net.Data;
using Smile.Net.Relabel;

namespace Smile.Host.Reports;

/// <summary>A slice of a case in which an organ is proposed, in panels of one size.</summary>
/// <param name="Case">The case's id.</param>
/// <param name="Organ">The organ that is not annotated there.</param>
/// <param name="Z">The slice.</param>
/// <param name="Panels">What each shows: the annotation, the proposal, the hidden truth where the label map holds it.</param>
internal sealed record ProposedSlice(string Case, string Organ, int Z, IReadOnlyList<(string Caption, Picture Picture)> Panels);

/// <summary>
/// The page of a relabelling, for a person to check: what is annotated, what is proposed, and the hidden truth where there is one.
/// </summary>
internal static class ProposalPage
{
    /// <summary>Subjects below which the page says that they prove nothing.</summary>
    private const int Few = 10;

    // Around what is drawn, in voxels; and the width of a panel, in pixels.
    private const int Margin = 10, Width = 400;

    private static readonly string[] _numbers = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

    /// <summary>Slices of each organ that is not annotated in the case.</summary>
    /// <param name="relabelled">The case.</param>
    /// <param name="organs">Their names.</param>
    /// <param name="window">HU shown as black and as white.</param>
    public static IEnumerable<ProposedSlice> Slices(RelabelledCase relabelled, IReadOnlyList<string> organs,
        (double Low, double High) window) =>
        Enumerable.Range(0, organs.Count).Where(k => !relabelled.Data.Annotated.Has(k))
            .SelectMany(k => Slices(relabelled.Data, relabelled.Labels, k, organs, window));

    /// <summary>
    /// Slices spread over those in which the organ is proposed or, where the label map holds it, hidden, and how they look.
    /// </summary>
    /// <param name="data">The case.</param>
    /// <param name="labels">What relabelling gave it.</param>
    /// <param name="organ">An organ that is not annotated in it.</param>
    /// <param name="organs">Their names.</param>
    /// <param name="window">HU shown as black and as white.</param>
    /// <param name="most">Slices.</param>
    public static IReadOnlyList<ProposedSlice> Slices(
        CaseData data, CaseLabels labels, int organ, IReadOnlyList<string> organs, (double Low, double High) window, int most = 3)
    {
        Geometry geometry = data.Geometry;
        int area = geometry.Height * geometry.Width;
        byte[] own = data.Labels.ToArray(), visible = data.VisibleLabels().ToArray();
        Volume image = data.Image.ToVolume();
        bool Proposed(int v) => labels.Pseudo.Has(v, organ);
        bool Truth(int v) => own[v] == Labels.Of(organ);
        bool Within(int z, Func<int, bool> inside) => Enumerable.Range(z * area, area).Any(inside);
        bool known = data.Truth.Has(organ) && data.Labels.Contains(Labels.Of(organ));
        int[] shown = [.. Enumerable.Range(0, geometry.Depth).Where(z => Within(z, Proposed) || (known && Within(z, Truth)))];
        int count = Math.Min(most, shown.Length);

        Colour[] colours = OrganColours.Of(organs);
        Outlined[] annotated = [.. Enumerable.Range(0, organs.Count).Where(k => data.Annotated.Has(k))
            .Select(k => new Outlined(v => own[v] == Labels.Of(k), colours[k]))];
        var box = SliceBox.Around(geometry, v => visible[v] is not (Labels.Background or Labels.Ignore) || Proposed(v)
            || (known && Truth(v)), Margin);
        int times = Math.Max(1, (int)Math.Round((double)Width / box.Width));
        Picture Draw(int z, params Outlined[] more) => OutlinePicture.Draw(image, z, box, times, window, [.. annotated, .. more]);
        return [.. Enumerable.Range(0, count).Select(i => shown[(2 * i + 1) * shown.Length / (2 * count)])
            .Select(z => new ProposedSlice(data.Id, organs[organ], z,
        [
            ("CT, annotated organs outlined", Draw(z)),
            ($"{organs[organ]}, proposed", Draw(z, new Outlined(Proposed, colours[organ], 0.4))),
            .. known ? new[] { ($"{organs[organ]}, hidden truth", Draw(z, new Outlined(Truth, colours[organ]))) } : [],
        ]))];
    }

    /// <summary>The page as text.</summary>
    /// <param name="title">Of the page.</param>
    /// <param name="subjects">Training cases of the data set.</param>
    /// <param name="ledger">Where the labels come from.</param>
    /// <param name="rows">What the round did.</param>
    /// <param name="slices">In the order they are shown.</param>
    /// <param name="organs">Their names.</param>
    /// <param name="warnings">What speaks against the labels, a sentence each.</param>
    public static string Render(
        string title, int subjects, LabelLedger ledger, IReadOnlyList<RoundRow> rows, IReadOnlyList<ProposedSlice> slices,
        IReadOnlyList<string> organs, IReadOnlyList<string> warnings)
    {
        var page = new HtmlPage(title)
            .Paragraph("Labels that the network proposes where an organ was not annotated. They are for a person to check, not findings.")
            .Warnings(warnings);
        if (Caution(subjects) is { } caution)
            page.Paragraph(caution);
        page.Heading("What was added").Table(RoundRow.Header, [.. rows.Select(row => row.Cells)])
            .Note("Precision and recall compare with the hidden truth, where the label maps hold the organ; \"-\" elsewhere.");
        page.Heading("Slices").Key(organs.Zip(OrganColours.Of(organs))).Note("The patient's right is on the left.");
        foreach (ProposedSlice slice in slices)
            page.Figures(slice.Panels.Select(panel => ($"{slice.Case}, slice {slice.Z}: {panel.Caption}", panel.Picture)), wide: true);
        if (slices.Count == 0)
            page.Paragraph("Nothing was proposed.");
        var (header, table) = LedgerTable.Summary(ledger);
        page.Heading("Where the labels come from").Table(header, table).Note("Each case: ledger.jsonl.");
        return page.Note("Research software, not a medical device.").ToString();
    }

    /// <summary>What a few subjects are worth; null where they are not few.</summary>
    public static string? Caution(int subjects) => subjects >= Few ? null : string.Create(CultureInfo.InvariantCulture,
        $"{_numbers[subjects]} {(subjects == 1 ? "subject proves" : "subjects prove")} nothing about accuracy: "
            + $"numbers and pictures show how the proposals are made, not how good they are.");
}
