using Smile.Kernels.Backend;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Net.Data;
using Smile.Net.Prediction;
using Smile.Net.Settings;

namespace Smile.Net.Relabel;

/// <summary>What a round gives one case.</summary>
/// <param name="Pseudo">The organs of which each voxel carries a pseudo label.</param>
/// <param name="Labels">The annotation with the pseudo labels laid under it; where organs overlap the one that ranks highest shows.</param>
/// <param name="Lowest">
/// Of each organ the lowest rank, in the rule's own measure, among the candidates that were taken; NaN where none was.
/// </param>
public sealed record CaseLabels(VoxelBits Pseudo, byte[] Labels, float[] Lowest)
{
    /// <summary>
    /// The organs that are taken for absent from each voxel; null unless <see cref="RelabelSettings.Negatives"/> is set. No voxel has an
    /// organ here and in <see cref="Pseudo"/>.
    /// </summary>
    public VoxelBits? Absent { get; init; }
}

/// <summary>
/// One SMILEr round (paper, section 2.2; docs/maths.md): of the voxels predicted as an organ that is not annotated in the
/// case, and not certain already, the floor(gamma_t * count) with the highest scores become positive; <see cref="RelabelSettings.Select"/>
/// names other rules. p &gt; 0.5 is z &gt; 0. With <see cref="RelabelSettings.Negatives"/> that share of the other voxels that are not
/// certain becomes negative, those with the lowest scores.
/// </summary>
public sealed class Relabeller : IDisposable
{
    private readonly ISelectionRule _rule;
    private readonly RelabelSettings _settings;
    private readonly int _organs;
    private readonly PlaneSpacing? _spacing;
    private readonly TopSelection _top;
    private PooledRanks? _pooled;

    /// <summary>Relabels with the predictor's present weights.</summary>
    /// <param name="predictor">A sigmoid network's; stays the caller's.</param>
    /// <param name="settings">Of the run: gamma_max, T, the rule and the options.</param>
    /// <param name="organs">K.</param>
    /// <param name="open">Opens a backend for the selection.</param>
    public Relabeller(Predictor predictor, RunSettings settings, int organs, Func<IBackend> open)
        : this(RuleFor(predictor, settings, organs, open), settings.Relabel, organs, open, predictor.Spacing)
    {
    }

    /// <summary>As the public one, with any rule, which becomes this relabeller's own and sees volumes of this spacing.</summary>
    internal Relabeller(ISelectionRule rule, RelabelSettings settings, int organs, Func<IBackend> open, PlaneSpacing? spacing = null) =>
        (_rule, _settings, _organs, _spacing, _top) = (rule, settings, organs, spacing, new TopSelection(open));

    /// <summary>Each case is ranked by itself, so that it may be relabelled anywhere, and in any order.</summary>
    internal bool EachByItself => !_settings.Pooled;

    /// <summary>gamma_t = t / T * gamma_max.</summary>
    public static double Gamma(int round, RelabelSettings settings) => (double)round / settings.Rounds * settings.GammaMax;

    /// <summary>Lets the rule learn from the annotated organs; once, before the first case is relabelled.</summary>
    /// <param name="cases">The training cases; rules that learn nothing do not read them.</param>
    /// <param name="cancel">Stops.</param>
    public void Learn(IEnumerable<CaseData> cases, CancellationToken cancel = default) =>
        _rule.Learn(cases.Select(data => data.At(_spacing)), cancel);

    /// <summary>
    /// Ranks the candidates of all cases together, where <see cref="RelabelSettings.Pooled"/> is set; after <see cref="Learn"/> and before
    /// the first case is relabelled. Each case is predicted once for it.
    /// </summary>
    /// <param name="cases">Those that will be relabelled, in that order.</param>
    /// <param name="gamma">The share to take.</param>
    /// <param name="cancel">Checked before each batch of slices.</param>
    public void Pool(IEnumerable<CaseData> cases, double gamma, CancellationToken cancel = default)
    {
        if (!_settings.Pooled)
            return;
        _pooled = new PooledRanks(_organs);
        foreach (CaseData data in cases)
        {
            CandidatePool[] pools = NewPools();
            Gather(data, kept: null, pools, [.. pools.Select(_ => Array.Empty<float>())], cancel);
            _pooled.Add(pools);
        }

        _pooled.Close(gamma);
    }

    /// <summary>Relabels one case.</summary>
    /// <param name="data">The case; of its labels only the visible ones matter, the hidden ones judge the result.</param>
    /// <param name="gamma">The share to take.</param>
    /// <param name="earlier">The case's pseudo labels of the last round; used only where <see cref="RelabelSettings.Keep"/> is set.</param>
    /// <param name="cancel">Checked before each batch of slices.</param>
    /// <returns>The labels, and for each organ what was done; organs that are annotated in the case count nothing.</returns>
    public (CaseLabels Labels, IReadOnlyList<OrganRound> Organs) Relabel(
        CaseData data, double gamma, OrganRuns? earlier, CancellationToken cancel = default)
    {
        CandidatePool[] pools = NewPools();
        VoxelBits? kept = _settings.Keep ? earlier?.ToVoxels() : null;
        float[][] below = [.. pools.Select((_, k) => Negatives(data, k) ? new float[data.Labels.Length] : [])];
        foreach (float[] scores in below)
            Array.Fill(scores, float.NaN);
        Gather(data, kept, pools, below, cancel);

        var pseudo = new VoxelBits(_organs, data.Labels.Length);
        VoxelBits? absent = _settings.Negatives > 0 ? new VoxelBits(_organs, data.Labels.Length) : null;
        byte[] truth = data.Labels.ToArray(), labels = data.VisibleLabels().ToArray();
        var highest = new float[labels.Length];
        var rounds = new OrganRound[_organs];
        var lowest = new float[_organs];
        Array.Fill(lowest, float.NaN);
        for (int k = 0; k < _organs; k++)
        {
            if (data.Annotated.Has(k))
            {
                rounds[k] = OrganRound.Nothing;
                continue;
            }

            CandidatePool pool = pools[k];
            double share = _rule.Share(k, data.Geometry, pool.Candidates, gamma);
            long candidates = _pooled?.Select(pool, k)
                ?? _top.Select(pool, share, _settings.PerSlice ? data.Geometry.Height * data.Geometry.Width : null);
            for (int i = 0; i < pool.Count; i++)
            {
                int v = pool.Voxels[i];
                if (pool.Selected[i] == 0 && kept?.Has(v, k) != true)
                    continue;
                if (pseudo[v].IsEmpty || pool.Ranks[i] > highest[v])
                    (labels[v], highest[v]) = (Labels.Of(k), pool.Ranks[i]);
                pseudo.Add(v, k);
                if (absent is not null)
                    below[k][v] = float.NaN;
                if (pool.Selected[i] != 0 && !(pool.Ranks[i] >= lowest[k]))
                    lowest[k] = pool.Ranks[i];
            }

            if (absent is not null)
                ConfidentNegatives.Mark(below[k], _settings.Negatives, 1u << k, absent.Word(k / MaskWords.Bits));
            rounds[k] = Judge(truth, k, data.Truth.Has(k), candidates, pseudo, absent);
        }

        return (new CaseLabels(pseudo, labels, lowest) { Absent = absent }, rounds);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rule.Dispose();
        _top.Dispose();
    }

    private static ISelectionRule RuleFor(Predictor predictor, RunSettings settings, int organs, Func<IBackend> open) =>
        settings.Relabel.Select switch
        {
            Selections.Score => new ScoreRule(predictor.EachSlice),
            Selections.Flips => new FlipsRule(predictor.EachSlice, organs),
            Selections.Prior => new PriorRule(predictor.EachSlice, organs),
            Selections.Volume => new VolumeRule(predictor.EachSlice, organs, settings.Relabel.VolumePer),
            Selections.Truth => new TruthRule(organs),
            Selections.Confidence => Confidence(
                predictor, settings with { Train = settings.Train with { Batch = predictor.Batch } }, organs, open),
            string name => throw new ConfigException($"relabel.select is '{name}'; known: {string.Join(", ", Selections.All)}."),
        };

    private static ConfidenceRule Confidence(Predictor predictor, RunSettings settings, int organs, Func<IBackend> open)
    {
        int size = settings.Train.Size;
        return new ConfidenceRule(
            predictor.EachSlice, (images, logits) => predictor.Logits(images, size, size, logits), settings, organs, open);
    }

    private CandidatePool[] NewPools() => [.. Enumerable.Range(0, _organs).Select(_ => new CandidatePool())];

    private bool Negatives(CaseData data, int organ) => _settings.Negatives > 0 && !data.Annotated.Has(organ);

    /// <summary>
    /// Collects, organ by organ and in voxel order, the candidates and the voxels whose earlier label is kept; and, where they are wanted,
    /// the logits of the voxels that are not predicted as the organ.
    /// </summary>
    private void Gather(CaseData data, VoxelBits? kept, CandidatePool[] pools, float[][] below, CancellationToken cancel)
    {
        int pixels = data.Geometry.Height * data.Geometry.Width;
        var labels = new byte[pixels];
        OrganBits[] open = [.. Enumerable.Range(0, byte.MaxValue + 1)
            .Select(label => AmbiguityMap.Open((byte)label, data.Annotated, _organs))];
        EachSlice(data, (z, logits, ranks) =>
        {
            data.Labels.Decode(z, labels);
            for (int p = 0; p < pixels; p++)
            {
                int v = z * pixels + p;
                foreach (int k in open[labels[p]])
                {
                    float logit = logits[p * _organs + k];
                    if (below[k].Length > 0 && logit <= 0)
                        below[k][v] = logit;
                    bool candidate = _rule.IsCandidate(labels[p], k, logit);
                    if (candidate || kept?.Has(v, k) == true)
                        pools[k].Add(v, ranks[p * _organs + k], candidate);
                }
            }
        }, cancel);
    }

    /// <summary>Shows logits and ranks on the case's own grid; the rule sees the volume at the model's spacing.</summary>
    private void EachSlice(CaseData data, RankVisitor visit, CancellationToken cancel)
    {
        if (PlaneGrid.To(data.Id, data.Geometry, _spacing) is not { } grid)
        {
            _rule.EachSlice(data.Image.ToVolume(), visit, cancel);
            return;
        }

        PlaneGrid back = grid.Back;
        float[] logits = new float[data.Geometry.Height * data.Geometry.Width * _organs], ranks = new float[logits.Length];
        _rule.EachSlice(grid.Image(data.Id, data.Image.ToVolume()), (z, logitsAt, ranksAt) =>
        {
            back.Numbers(logitsAt, logits, _organs);
            back.Numbers(ranksAt, ranks, _organs);
            visit(z, logits, ranks);
        }, cancel);
    }

    /// <summary>
    /// Against the hidden truth, where it is there: the file must hold the organ, since an organ that is nowhere in the label map may as
    /// well be one that nobody drew.
    /// </summary>
    private static OrganRound Judge(byte[] truth, int organ, bool holdsIt, long candidates, VoxelBits pseudo, VoxelBits? absent)
    {
        long selected = 0, right = 0, hidden = 0, negative = 0, wrong = 0;
        for (int v = 0; v < truth.Length; v++)
        {
            bool found = pseudo.Has(v, organ), organHere = truth[v] == Labels.Of(organ);
            selected += found ? 1 : 0;
            hidden += organHere ? 1 : 0;
            right += found && organHere ? 1 : 0;
            bool not = absent?.Has(v, organ) == true;
            negative += not ? 1 : 0;
            wrong += not && organHere ? 1 : 0;
        }

        bool known = holdsIt && hidden > 0;
        return known
            ? new OrganRound(1, candidates, selected, selected, right, hidden)
            {
                Absent = negative,
                AbsentJudged = negative,
                AbsentWrong = wrong,
            }
            : new OrganRound(1, candidates, selected, 0, 0, 0) { Absent = negative };
    }
}
