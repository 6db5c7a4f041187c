using Smile.Net.Data;

namespace Smile.Net.Evaluation;

/// <summary>What is scored and how.</summary>
public sealed record EvaluationSettings
{
    /// <summary>How far apart surfaces may lie and still agree, mm.</summary>
    public double ToleranceMm { get; init; } = 3;

    /// <summary>Scores every organ whose truth the label map holds, not only the annotated ones.</summary>
    public bool TruthComplete { get; init; }

    /// <summary>Measures the distances of surfaces; without them scoring is quicker.</summary>
    public bool Surfaces { get; init; } = true;

    /// <exception cref="ConfigException">The tolerance is negative or no number.</exception>
    public void Validate()
    {
        if (!(ToleranceMm >= 0 && double.IsFinite(ToleranceMm)))
            throw new ConfigException($"evaluation: the tolerance is {ToleranceMm} mm; 0 or more is possible.");
    }
}

/// <summary>Compares predicted label maps with the truth, organ by organ.</summary>
public sealed class Evaluator
{
    private readonly int _organs;
    private readonly EvaluationSettings _settings;

    /// <param name="organs">K.</param>
    /// <param name="settings">What is scored.</param>
    /// <exception cref="ConfigException">A setting is out of range.</exception>
    public Evaluator(int organs, EvaluationSettings settings)
    {
        settings.Validate();
        (_organs, _settings) = (organs, settings);
    }

    /// <summary>Scores one case: its annotated organs, or every organ that its label map holds where the truth is complete.</summary>
    /// <param name="truth">The case.</param>
    /// <param name="prediction">Labels in memory, on the case's grid.</param>
    public CaseScore Score(CaseData truth, ReadOnlySpan<byte> prediction) =>
        Score(truth.Id, truth.Geometry, truth.Labels.ToArray(), _settings.TruthComplete ? truth.Truth : truth.Annotated, prediction);

    /// <summary>Scores one label map against another. Voxels that the reference ignores count on neither side.</summary>
    /// <param name="id">The case.</param>
    /// <param name="grid">Of both.</param>
    /// <param name="reference">The truth, labels in memory.</param>
    /// <param name="scored">Bit k: organ k is scored.</param>
    /// <param name="prediction">Labels in memory.</param>
    public CaseScore Score(string id, Geometry grid, byte[] reference, OrganBits scored, ReadOnlySpan<byte> prediction)
    {
        if (prediction.Length != reference.Length)
            throw new ArgumentException($"{prediction.Length} voxels predicted, the case has {reference.Length}.", nameof(prediction));
        int ignored = reference.AsSpan().Count(Labels.Ignore);
        long voxels = reference.LongLength - ignored;
        if (ignored > 0)
            (reference, prediction) = WithoutIgnored(reference, prediction);
        var scores = new List<OrganScore>();
        for (int k = 0; k < _organs; k++)
            if (scored.Has(k))
                scores.Add(ScoreOrgan(k, reference, prediction, grid, voxels));
        return new CaseScore(id, scores);
    }

    private OrganScore ScoreOrgan(int organ, ReadOnlySpan<byte> reference, ReadOnlySpan<byte> prediction, Geometry grid, long voxels)
    {
        byte label = Labels.Of(organ);
        long tp = 0, fp = 0, fn = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            bool isOrgan = reference[i] == label, predicted = prediction[i] == label;
            tp += isOrgan && predicted ? 1 : 0;
            fp += !isOrgan && predicted ? 1 : 0;
            fn += isOrgan && !predicted ? 1 : 0;
        }

        var (dz, dy, dx) = grid.Spacing;
        var score = new OrganScore(organ, tp, fp, fn, voxels - tp - fp - fn) { VoxelMl = dz * dy * dx / 1000 };
        if (!_settings.Surfaces)
            return score;
        return score with
        {
            Surfaces = score.Outcome switch
            {
                OrganOutcome.Scored => SurfaceDistance.Between(reference, prediction, label, grid, _settings.ToleranceMm),
                OrganOutcome.BothEmpty => SurfaceScore.None,
                _ => SurfaceScore.OneSided,
            },
        };
    }

    /// <summary>Copies in which both maps are background where the truth ignores.</summary>
    private static (byte[] Reference, byte[] Prediction) WithoutIgnored(byte[] reference, ReadOnlySpan<byte> prediction)
    {
        byte[] cleanReference = [.. reference], cleanPrediction = prediction.ToArray();
        for (int i = 0; i < reference.Length; i++)
            if (reference[i] == Labels.Ignore)
                cleanReference[i] = cleanPrediction[i] = Labels.Background;
        return (cleanReference, cleanPrediction);
    }
}
