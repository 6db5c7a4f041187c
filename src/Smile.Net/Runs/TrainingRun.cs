using System.Diagnostics;
using Smile.Kernels.Gpu;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Models;
using Smile.Net.Prediction;
using Smile.Net.Ranks;
using Smile.Net.Relabel;
using Smile.Net.Settings;
using Smile.Net.Training;
using Smile.Net.Weights;

namespace Smile.Net.Runs;

/// <summary>
/// A training run in its folder: the step loop of every method, SMILEr's rounds, validation, checkpoints and logs. All that a
/// step depends on is in the latest checkpoint and the pseudo labels stored with the rounds, so a run that was stopped or
/// killed at any moment goes on with the same bits as if it had not been.
/// </summary>
public sealed partial class TrainingRun : IDisposable
{
    // Streams of the seed: what one draws does not move another.
    private const ulong InitStream = 1, SamplerStream = 2;

    private readonly RunFolder _folder;
    private readonly IDisposable? _claim;
    private readonly ICommunicator _ranks;
    private readonly RunSettings _settings;
    private readonly OrganSet _organs;
    private readonly Split _split;
    private readonly CaseData[] _training, _validation;
    private readonly IRunListener _listener;
    private readonly IRoundWriter? _roundWriter;
    private readonly StagePlan _plan;
    private readonly RelabelAudit _audit;
    private readonly Learner _learner;
    private readonly Predictor _predictor;
    private readonly CaseSpacings _spacing;
    private readonly Func<string, string> _dataHashLike;
    private string _dataHash;
    private readonly OrganRuns?[] _pseudo;
    private readonly List<ValidationReport> _history = [];
    private readonly RunLog? _log; // of rank 0, as all files
    private readonly RunCurves? _curves;
    private double[] _auditBest;
    private LabelLedger _ledger;
    private int _step, _stage, _madeHere;
    private bool _roundsEnded;

    // It is a new run, or goes on where its folder says.
    private TrainingRun(RunPlace place, bool begins, RunSettings settings, OrganSet organs, IReadOnlyList<CaseData> cases,
        Split split, IRunListener listener, IRoundWriter? roundWriter)
    {
        (_folder, _claim, _ranks) = (place.Folder, place.Claim, place.Ranks);
        (_organs, _listener, _roundWriter) = (organs, listener, Writes ? roundWriter : null);
        RankRules.DemandLeaves(settings.Train, _ranks.Size);
        _split = split;
        var byId = cases.ToDictionary(data => data.Id, StringComparer.Ordinal);
        PlaneSpacing? plane = settings.PlaneSpacing();
        (_training, _validation) = ([.. _split.Train.Select(id => byId[id].At(plane))], [.. _split.Validation.Select(id => byId[id])]);
        _spacing = CaseSpacings.Of(_training.Select(data => data.Geometry));
        _plan = StagePlan.For(settings);
        _audit = new RelabelAudit(_training, organs, settings.Relabel, (ulong)settings.Run.Seed);
        _auditBest = _audit.Unjudged;
        _ledger = LabelLedger.Origin(
            _training.Select((data, i) => (data.Id, data.Annotated, _audit.HeldOut(i), data.PseudoOrgans)), organs);
        _training = [.. _training.Select((data, i) => data.WithAnnotated(data.Annotated & ~_audit.HeldOut(i)))];
        _settings = settings = begins ? settings.WithIntensitiesOf(_training) : settings;
        _pseudo = [.. _training.Select(data => settings.Train.Method == Methods.Baseline ? null : data.Pseudo)];
        _dataHash = DataHash.OfCases(organs, cases);
        _dataHashLike = there => DataHash.Like(there, organs, cases);
        int own = settings.Train.Batch / _ranks.Size;
        SamplerSettings batches = settings.ForSampler() with { FirstFilled = own * _ranks.Rank, Filled = own };
        var sampler = new SliceSampler(_training, organs.Count, batches, new Rng((ulong)settings.Run.Seed, SamplerStream));
        _learner = new Learner(settings, organs.Count, sampler, _settings.OpenBackend(), _ranks);
        _predictor = new Predictor(settings, organs.Count, _settings.OpenBackend, settings.Train.LeafSlices);
        try
        {
            if (begins)
                TellInput();
            UsePseudoLabels(_pseudo, new OrganRuns?[_pseudo.Length]);
            Restore(begins);
            RankRules.DemandAlike(_ranks, Decisive());
            if (!Writes)
                return;
            if (_learner.Exchange.Length > 0)
                listener.OnMessage(_learner.Exchange);
            // The round that the audit refused is the next stage in the log.
            _log = RunLog.Open(_folder.Log, _step, _roundsEnded ? _stage + 1 : _stage, organs.Names);
            _curves = RunCurves.Open(_folder.Path, _step, organs.Names, listener.OnMessage);
        }
        catch (Exception e)
        {
            _learner.Dispose();
            _predictor.Dispose();
            _log?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new DataException($"{_folder.Path}: the logs cannot be written: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Whether this process writes the run's files: one of several ranks does.</summary>
    private bool Writes => _ranks.Rank == 0;

    /// <summary>Updates done.</summary>
    public int Step => _step;

    /// <summary>0, or the SMILEr round whose pseudo labels are learnt from.</summary>
    public int Stage => _stage;

    /// <summary>The cases held out for validation.</summary>
    public IReadOnlyList<CaseData> Validation => _validation;

    /// <summary>All validations so far.</summary>
    public IReadOnlyList<ValidationReport> History => _history;

    /// <summary>The network that is being trained.</summary>
    internal Network Network => _learner.Network;

    /// <summary>
    /// Trains to the end of the budget and writes the final checkpoint. Of several ranks all stop after the step in which one was asked to;
    /// in a validation or a round they do not.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was set; the latest checkpoint holds the state.</exception>
    /// <exception cref="DivergedException">Loss or gradients are not finite; the latest checkpoint is the last one before.</exception>
    /// <exception cref="DataException">A file cannot be written.</exception>
    public void Run(CancellationToken cancel = default)
    {
        CancellationToken within = _ranks.Size == 1 ? cancel : CancellationToken.None;
        try
        {
            while (true)
            {
                if (_learner.Stopped)
                    throw new OperationCanceledException(cancel);
                if (ValidationDue())
                    Validate(within);
                if (_step == _settings.Train.Steps)
                    break;
                if (!_roundsEnded && _step == _plan.End(_stage))
                {
                    BeginRound(_stage + 1, within);
                    continue;
                }

                if (_step > 0 && _step % _settings.Run.SaveEvery == 0)
                    Save();
                within.ThrowIfCancellationRequested();
                _learner.Stop = cancel.IsCancellationRequested;
                MakeStep();
            }
        }
        catch (OperationCanceledException)
        {
            Save();
            throw;
        }
        catch (IOException e)
        {
            throw new DataException($"{_folder.Path}: the logs cannot be written: {e.Message} Free some space, then resume the run.", e);
        }

        Save();
        Write(_folder.Final, TensorSet.Weights);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _learner.Dispose();
        _predictor.Dispose();
        _log?.Dispose();
        _curves?.Dispose();
        _claim?.Dispose();
    }

    /// <summary>One update and its report; allocates nothing.</summary>
    internal void MakeStep()
    {
        long start = Stopwatch.GetTimestamp();
        LaunchCount before = Network.Backend.Launches;
        float rate = _learner.LearningRate(_step);
        double loss = _learner.Step(_step);
        _step++;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var report = new StepReport(_step, _settings.Train.Steps, _stage, loss, rate, _learner.OrganLoss, seconds)
        {
            RegionLoss = _learner.RegionLoss,
            GradientNorm = _learner.GradientNorm,
        };
        _log?.Write(report);
        _curves?.Write(report);
        _listener.OnStep(report);
        if (++_madeHere == 3) // the first step that is like all later ones: kernels are loaded, work is recorded
            ReportLaunches(Network.Backend.Launches - before);
    }

    private void ReportLaunches(LaunchCount ofStep)
    {
        if (ofStep == default)
            return;
        _log?.Write(ofStep, _step, _stage);
        _listener.OnMessage($"a step is {ofStep}");
    }

    private bool ValidationDue()
    {
        int every = _settings.Run.ValidateEvery;
        bool wanted = _step == _settings.Train.Steps || (_step > 0 && every > 0 && _step % every == 0);
        return wanted && _validation.Length > 0 && (_history.Count == 0 || _history[^1].Step != _step);
    }

    private void Validate(CancellationToken cancel)
    {
        _predictor.CopyWeights(Network);
        var evaluator = new Evaluator(_organs.Count, new EvaluationSettings { Surfaces = false });
        var calibration = new ThresholdCalibration(_organs.Count, _settings.Train.Method == Methods.Baseline);
        var scores = new List<CaseScore>();
        foreach (ValidatedCase one in RankMessages.Each(_ranks, _validation.Length, Validated, ValidatedCase.Write,
            (i, from) => ValidatedCase.Read(from, _validation[i].Id, calibration.NewCounts(_validation[i]))))
        {
            scores.Add(one.Score);
            calibration.Add(one.Counts);
        }

        EvaluationSummary summary = EvaluationSummary.Of(scores, _organs);
        double[] dice = [.. summary.Organs.Select(organ => organ.Mean.Dice)];
        double mean = summary.Foreground.Dice;
        bool best = !double.IsNaN(mean) && _history.All(earlier => !(earlier.MeanDice >= mean));
        var report = new ValidationReport(_step, _stage, mean, dice, best) { Thresholds = calibration.Best() };
        _history.Add(report);
        if (report.Best)
            Write(_folder.Best, TensorSet.Weights);
        _log?.Write(report);
        _curves?.Write(report);
        _listener.OnValidation(report);

        ValidatedCase Validated(int i)
        {
            CaseData data = _validation[i];
            ThresholdCalibration.CaseCounts counts = calibration.NewCounts(data);
            byte[] labels = _predictor.Predict(data.Image.Slabs(), calibration.Visitor(data, counts), null, null, cancel);
            return new ValidatedCase(evaluator.Score(data, labels), counts);
        }
    }

    /// <summary>
    /// Relabels every training case that lacks an annotation, stores the pseudo labels and goes on with them; or, where the audit says so,
    /// goes on with those of the round before to the end.
    /// </summary>
    private void BeginRound(int round, CancellationToken cancel)
    {
        if (Writes)
            StoreForUndo(round);
        var origin = new RoundOrigin(
            round, Relabeller.Gamma(round, _settings.Relabel), _settings.Relabel.Select, WeightsHash.Of(Network), _step);
        var relabelled = new RelabelRound(origin, _organs, _folder.Round(round), _roundWriter, _ranks);
        OrganRuns?[] pseudo = new OrganRuns?[_training.Length], absent = new OrganRuns?[_training.Length];
        var counts = new IReadOnlyList<OrganRound>?[_training.Length];
        _predictor.CopyWeights(Network);
        using (var relabeller = new Relabeller(_predictor, _settings, _organs.Count, _settings.OpenBackend))
            relabelled.Run(relabeller, _training, _training.Zip(_pseudo),
                (i, one) =>
                {
                    int pixels = one.Data.Labels.Pixels;
                    (pseudo[i], counts[i]) = (OrganRuns.Of(one.Labels.Pseudo, pixels), one.Organs);
                    absent[i] = one.Labels.Absent is { } voxels ? OrganRuns.Of(voxels, pixels) : null;
                }, cancel);

        IReadOnlyList<ExcessVolume> exceeded = Drawn().Exceeded(
            _training.Zip(counts).Where(each => each.Second is not null)
                .Select(each => (each.First.Id, each.First.Geometry, each.Second!)),
            _settings.Relabel.VolumeBound);
        RoundAudit? audit = null;
        if (_audit.On)
            (audit, _auditBest) = _audit.Judge(counts, _auditBest, exceeded);
        _roundsEnded = audit is { Stopped: true };
        if (!_roundsEnded)
            AcceptRound(round, pseudo, absent, relabelled.Entries);
        else if (Writes)
            RunFolder.Delete(_folder.Round(round));
        Report(new RoundReport(round, _step, origin.Gamma, Totals(counts))
        {
            Select = _settings.Relabel.Select,
            HasNegatives = _settings.Relabel.Negatives > 0,
            Audit = audit,
            Exceeded = exceeded,
        });
        Save();
    }

    /// <summary>The volumes that people drew, as far as the run may see them.</summary>
    private AnnotatedVolumes Drawn()
    {
        var drawn = new AnnotatedVolumes(_organs.Count);
        foreach (CaseData data in _training)
            drawn.Add(DropNumbers.Volumes(data, _organs.Count), data.Annotated);
        return drawn;
    }

    private void AcceptRound(int round, OrganRuns?[] pseudo, OrganRuns?[] absent, IReadOnlyList<LedgerEntry> entries)
    {
        _ledger = _ledger.With(entries);
        if (Writes)
        {
            SavePseudo(round, pseudo, absent);
            _ledger.Write(_folder.Ledger);
        }

        if (_settings.Relabel.Restart)
            InitialWeights();
        UsePseudoLabels(pseudo, absent);
        _stage = round;
    }

    /// <summary>Over all cases; what is held out is not judged here, the audit does that.</summary>
    private OrganRound[] Totals(IReadOnlyList<OrganRound>?[] counts)
    {
        var relabelled = counts.Index().Where(each => each.Item is not null);
        var judged = relabelled.Select(each => each.Item!.Select((organ, k) =>
            !_audit.HeldOut(each.Index).Has(k) ? organ : organ.Unjudged()).ToArray());
        return OrganRound.Sum([.. judged], _organs.Count);
    }

    private void Report(RoundReport report)
    {
        if (report.Audit is { } audit)
        {
            _log?.Write(report, audit);
            _curves?.Write(report, audit);
        }

        if (report.Audit is not { Stopped: true })
            _log?.Write(report);
        _listener.OnRound(report);
    }

    private void UsePseudoLabels(OrganRuns?[] pseudo, OrganRuns?[] absent)
    {
        for (int i = 0; i < pseudo.Length; i++)
        {
            if (pseudo[i] is not null || _pseudo[i] is not null)
                _learner.Batches.SetPseudo(i, _pseudo[i] = pseudo[i], absent[i]);
        }
    }

    /// <summary>The weights of step 0, and nothing learnt yet.</summary>
    private void InitialWeights()
    {
        Network.Initialise(new Rng((ulong)_settings.Run.Seed, InitStream),
            _settings.Model.FirstLogits(_organs.Count, _settings.Train.Method == Methods.Baseline));
        if (_settings.Train.Weights is { Length: > 0 } given)
            _listener.OnMessage($"{given}: {NetworkWeights.Load(given, Network, partial: true)}");
        _learner.Reset();
    }
}
