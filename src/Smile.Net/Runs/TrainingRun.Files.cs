using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Models;
using Smile.Net.Ranks;
using Smile.Net.Relabel;
using Smile.Net.Settings;
using Smile.Net.Training;
using Smile.Net.Weights;

namespace Smile.Net.Runs;

public sealed partial class TrainingRun
{
    private const string AuditMeasure = "f1";

    /// <summary>
    /// Refuses what can be refused before a case is loaded: settings, a folder that holds a run or cannot be made, a device or memory that
    /// is not there, weights to begin from that do not fit. Writes nothing.
    /// </summary>
    /// <param name="folder">As for <see cref="Start"/>.</param>
    /// <param name="settings">As for <see cref="Start"/>.</param>
    /// <param name="organs">K.</param>
    /// <param name="ranks">As for <see cref="Start"/>.</param>
    /// <exception cref="ConfigException">As of <see cref="Start"/>.</exception>
    /// <exception cref="DataException">The folder cannot be made, or the weights cannot be used.</exception>
    /// <exception cref="Smile.Kernels.Memory.BackendException">The device is not there, or has not the memory.</exception>
    public static void DemandStart(string folder, RunSettings settings, int organs, ICommunicator? ranks = null)
    {
        settings.Validate();
        if (ranks is { Rank: > 0 })
        {
            DemandNetwork(settings, organs, ranks);
            return;
        }

        var place = new RunFolder(folder);
        if (place.HasTrained)
            throw HoldsRun(folder);
        if (File.Exists(place.Config))
            place.Claim().Dispose();
        place.DemandPlace();
        DemandNetwork(settings, organs, ranks);
    }

    /// <summary>Refuses settings whose network the device does not take, or whose weights to begin from do not fit.</summary>
    /// <param name="settings">Of a run.</param>
    /// <param name="organs">How many.</param>
    /// <param name="ranks">That will train; null: one process.</param>
    /// <exception cref="ConfigException">A setting is out of range.</exception>
    /// <exception cref="Smile.Kernels.Memory.BackendException">The device is not there, or has not the memory.</exception>
    /// <exception cref="DataException">The weights to begin from cannot be read, or are another network's.</exception>
    public static void DemandNetwork(RunSettings settings, int organs, ICommunicator? ranks = null)
    {
        settings.Validate();
        RankRules.DemandLeaves(settings.Train, ranks?.Size ?? 1);
        using Network network = Learner.NetworkFor(settings, organs, settings.OpenBackend(), ranks);
        if (settings.Train.Weights is { Length: > 0 } given)
            NetworkWeights.Load(given, network, partial: true);
    }

    /// <summary>As <see cref="DemandStart"/>, before <see cref="Resume"/>.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="ranks">As for <see cref="Resume"/>.</param>
    /// <exception cref="ConfigException">The folder holds no run, or another process trains in it.</exception>
    /// <exception cref="DataException">The checkpoint is damaged.</exception>
    public static void DemandResume(string folder, ICommunicator? ranks = null)
    {
        var place = new RunFolder(folder);
        RunSettings settings = place.ReadSettings();
        RankRules.DemandLeaves(settings.Train, ranks?.Size ?? 1);
        using IBackend backend = settings.OpenBackend();
        if (ranks is { Rank: > 0 })
            return;
        place.Claim().Dispose();
        if (File.Exists(place.Latest))
            Checkpoint.Read(place.Latest);
    }

    /// <summary>
    /// Starts a run in a new folder, or in one whose run trained nothing; settings, manifest and splits are written, no step is made yet.
    /// </summary>
    /// <param name="folder">The run's; is made where absent.</param>
    /// <param name="settings">Settings; the run stores the spacing that <c>auto</c> means for these cases.</param>
    /// <param name="organs">The organs, in the order of the network's outputs.</param>
    /// <param name="cases">
    /// Training cases, loaded; a share of them is held out for validation. What is trained on is brought to the run's spacing, where it has
    /// not got it; held-out cases are scored on the grid on which they are given.
    /// </param>
    /// <param name="listener">Told what happens.</param>
    /// <param name="roundWriter">Writes the label maps of SMILEr's rounds; null leaves them out.</param>
    /// <param name="split">Which cases are held out; null: a share of the patients, by the settings.</param>
    /// <param name="ranks">Train together, each with the same arguments and a folder that is one; null: one process trains.</param>
    /// <exception cref="ConfigException">
    /// A setting is out of range, the folder holds a run already, or another process trains in it.
    /// </exception>
    /// <exception cref="DataException">There is no case, or the folder cannot be written to.</exception>
    public static TrainingRun Start(
        string folder, RunSettings settings, OrganSet organs, IReadOnlyList<CaseData> cases, IRunListener listener,
        IRoundWriter? roundWriter = null, Split? split = null, ICommunicator? ranks = null)
    {
        settings.Validate();
        if (cases.Count == 0)
            throw new DataException("The data set has no training case. Name a folder with imagesTr and labelsTr.");
        settings = settings.WithSpacingOf(cases.Select(data => data.Geometry));
        split ??= Splits.Random(cases.Select(data => (data.Id, data.Group)), (ulong)settings.Run.Seed, settings.Data.Validation);
        var place = new RunFolder(folder);
        if (ranks is { Rank: > 0 })
            return new TrainingRun(new RunPlace(place, null, ranks), begins: true, settings, organs, cases, split, listener, roundWriter);
        if (place.HasTrained)
            throw HoldsRun(folder);
        RunFolder.Make(Path.Combine(folder, "checkpoints"));
        IDisposable claim = place.Claim();
        TrainingRun? run = null;
        try
        {
            // Another process may have made its run between the first look and the claim.
            if (place.HasTrained)
                throw HoldsRun(folder);
            if (File.Exists(place.Config))
            {
                place.Clear();
                listener.OnMessage($"{folder}: the run that it held trained nothing; it is begun anew");
            }

            run = new TrainingRun(new RunPlace(place, claim, ranks ?? NoRanks.Instance), begins: true, settings, organs, cases, split,
                listener, roundWriter);
            AtomicFile.WriteText(place.Manifest, run.Manifest().ToText());
            Splits.Write(place.Splits, [run._split]);
            if (settings.Train.Method == Methods.Smiler)
                run._ledger.Write(place.Ledger);
            // Last: a folder with settings is a run that can be resumed.
            place.WriteSettings(run._settings);
            return run;
        }
        catch
        {
            run?.Dispose();
            claim.Dispose();
            throw;
        }
    }

    private static ConfigException HoldsRun(string folder) => new($"{folder}: holds a run already. Resume it, or name another folder.");

    /// <summary>Takes a run up where its latest checkpoint stands, or from its beginning where it has none yet.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="organs">As at the start.</param>
    /// <param name="cases">As at the start.</param>
    /// <param name="listener">Told what happens.</param>
    /// <param name="roundWriter">As at the start.</param>
    /// <param name="dataFolders">Where the data sets are now, for the next time; null where they have not moved.</param>
    /// <param name="ranks">As at the start; there may be more or fewer.</param>
    /// <exception cref="ConfigException">The folder holds no run, or another process trains in it.</exception>
    /// <exception cref="DataException">The checkpoint is damaged, or the cases are not those of the run.</exception>
    public static TrainingRun Resume(
        string folder, OrganSet organs, IReadOnlyList<CaseData> cases, IRunListener listener, IRoundWriter? roundWriter = null,
        IReadOnlyList<string>? dataFolders = null, ICommunicator? ranks = null)
    {
        var place = new RunFolder(folder);
        RunSettings own = place.ReadSettings(), settings = dataFolders is null ? own
            : own with { Data = own.Data with { Folders = dataFolders } };
        bool writes = ranks is null or { Rank: 0 };
        IDisposable? claim = writes ? place.Claim() : null;
        TrainingRun? run = null;
        try
        {
            Split split = place.ReadSplit(cases.Select(data => (data.Id, data.Group)));
            run = new TrainingRun(new RunPlace(place, claim, ranks ?? NoRanks.Instance), begins: false, settings, organs, cases, split,
                listener, roundWriter);
            if (writes && !settings.Data.Folders.SequenceEqual(own.Data.Folders))
                place.WriteSettings(settings);
            return run;
        }
        catch
        {
            run?.Dispose();
            claim?.Dispose();
            throw;
        }
    }

    /// <summary>What of the network's input comes from the cases, or is not there.</summary>
    private void TellInput()
    {
        DataSettings data = _settings.Data;
        int relabelled = _training.Count(each => each.PseudoOrgans != 0);
        if (relabelled > 0)
            _listener.OnMessage($"{Words.Count(relabelled, "training case brings", "training cases bring")} pseudo labels along, which are "
                + (_settings.Train.Method == Methods.Baseline ? "not used: to the baseline what nobody annotated is background"
                : _settings.Train.Method == Methods.Smiler ? "learnt from until the first round makes its own"
                : "learnt from"));
        if (data.Window == Windows.Auto)
            _listener.OnMessage(string.Create(CultureInfo.InvariantCulture, $"data.window: of the annotated voxels 0.5 % lie below "
                + $"{data.WindowLow:0.#} HU and 0.5 % above {data.WindowHigh:0.#}; mean {data.WindowMean:0.#}, "
                + $"standard deviation {data.WindowDeviation:0.#}"));
        int single = _training.Concat(_validation).Count(each => each.Geometry.Depth == 1);
        if (data.Slices > 1 && single > 0)
            _listener.OnMessage($"data.slices is {data.Slices}, but {single} of {_training.Length + _validation.Length} cases have one "
                + "slice, which is all of their channels");
    }

    /// <summary>What an undone round needs (<see cref="RoundUndo"/>).</summary>
    private void StoreForUndo(int round)
    {
        RunFolder.Make(_folder.Round(round));
        Snapshot().Save(_folder.BeforeRound(round), Network, TensorSet.WeightsAndMoments);
        if (File.Exists(_folder.Best))
            AtomicFile.Copy(_folder.Best, _folder.BestBeforeRound(round));
    }

    /// <summary>Writes the latest checkpoint, after the ranks have seen that they have the same.</summary>
    private void Save()
    {
        if (_ranks.Size > 1)
            DemandTogether();
        Write(_folder.Latest, TensorSet.WeightsAndMoments);
    }

    private void Write(string path, TensorSet tensors)
    {
        Checkpoint snapshot = Snapshot();
        if (Writes)
            snapshot.Save(path, Network, tensors);
    }

    /// <summary>Refuses ranks that have parted: a fault of a machine, which nothing else would show.</summary>
    /// <exception cref="LostRankException">Another weight or position than rank 0.</exception>
    private void DemandTogether()
    {
        try
        {
            RankRules.DemandAlike(_ranks, Position());
        }
        catch (ConfigException e)
        {
            throw new LostRankException($"{e.Message} They had when they began: a machine computes wrongly, or is of another kind. The "
                + "last checkpoint is kept.", e);
        }
    }

    /// <summary>Where the run stands.</summary>
    private IEnumerable<(string Name, string Value)> Position() =>
    [
        ("the step", string.Create(CultureInfo.InvariantCulture, $"{_step} of round {_stage}")),
        ("the position among the slices", _learner.Batches.Position.ToString()),
        ("the hash of the weights", WeightsHash.Of(Network)),
    ];

    /// <summary>All that decides the bits of what follows.</summary>
    private IEnumerable<(string Name, string Value)> Decisive()
    {
        string[] own = ["data.folders", "data.memory", "run.device", "run.threads", "train.weights"]; // may differ between ranks
        var settings = SettingsOverlay.Flatten(JsonNode.Parse(_settings.ToText())!.AsObject())
            .Where(each => !own.Contains(each.Key)).Select(each => (each.Key, each.Value?.ToJsonString() ?? "null"));
        return
        [
            ("the version of smile", SmileVersion.Text), .. settings, ("the organs", string.Join(", ", _organs.Names)),
            ("the hash of the data", _dataHash), ("the kind of device", DeviceKind().Replace(Network.Backend.Name, "")), .. Position(),
        ];
    }

    /// <summary>What of a backend's name is not its kind: its number, and how many threads it has.</summary>
    [GeneratedRegex(@":\d+| x\d+$")]
    private static partial Regex DeviceKind();

    private Checkpoint Snapshot()
    {
        _learner.DemandFiniteWeights(_step);
        var (a, b, c, d) = _learner.Batches.Position;
        var state = new RunState
        {
            Step = _step,
            Updates = _learner.Updates,
            Stage = _stage,
            RoundsEnded = _roundsEnded,
            Sampler = [a, b, c, d],
            Audit = _auditBest,
            AuditMeasure = AuditMeasure,
            History = [.. _history],
            NotLearnt = _organs.LeftOut,
            DataHash = _dataHash,
        };
        return new Checkpoint(_settings, _organs.Names, state) { Spacing = _spacing };
    }

    /// <summary>The state of the latest checkpoint, or that of step 0.</summary>
    private void Restore(bool begins)
    {
        if (begins || !File.Exists(_folder.Latest))
        {
            if (!begins)
                DemandSameData(_folder.Manifest, RunManifest.Read(_folder.Manifest).DataHash);
            InitialWeights();
            return;
        }

        RunState state = Checkpoint.Resume(_folder.Latest, Network).State;
        DemandSameData(_folder.Latest, state.DataHash);
        if (state.Sampler.Count != 4 || state.Stage < 0 || state.Stage > _plan.Rounds
            || state.Step < _plan.Starts[state.Stage] || state.Step > (state.RoundsEnded ? _plan.Steps : _plan.End(state.Stage))
            || state.Audit.Count != _auditBest.Length)
            throw new DataException($"{_folder.Latest}: step {state.Step} of stage {state.Stage} does not fit the settings of the run.");
        if (_audit.On && state.AuditMeasure != AuditMeasure)
            throw new DataException($"{_folder.Latest}: its audit compares rounds by precision, as earlier versions did; this one compares "
                + "them by F1. Start a new run.");
        _learner.Updates = state.Updates;
        (_step, _stage, _roundsEnded, _auditBest) = (state.Step, state.Stage, state.RoundsEnded, [.. state.Audit]);
        _history.AddRange(state.History);
        _learner.Batches.Position = (state.Sampler[0], state.Sampler[1], state.Sampler[2], state.Sampler[3]);
        if (_stage > 0)
            LoadPseudo(_stage);
        if (File.Exists(_folder.Ledger))
            _ledger = LabelLedger.Read(_folder.Ledger).Before(_stage + 1);
        _listener.OnMessage($"resumed at step {_step} of {_settings.Train.Steps}{(_stage > 0 ? $", round {_stage}" : "")}");
    }

    private void DemandSameData(string path, string hash)
    {
        // The runs of earlier versions go on with the hash of their form.
        if (hash != _dataHash)
            _dataHash = _dataHashLike(hash);
        if (hash != _dataHash)
            throw new DataException($"{path}: was made from other images, labels or annotation states than those found now. "
                + "Restore the data set, or start a new run.");
    }

    private void SavePseudo(int round, OrganRuns?[] pseudo, OrganRuns?[] absent) =>
        PseudoFile.Write(_folder.Pseudo(round), _organs, _training.Zip(pseudo, absent).Where(each => each.Second is not null)
            .Select(each => (each.First.Id, each.Second!, each.Third)));

    private void LoadPseudo(int round)
    {
        using PseudoFile file = PseudoFile.Open(_folder.Pseudo(round));
        UsePseudoLabels(
            [.. _training.Select(data => Relabelled(data) ? file.Read(data) : null)],
            [.. _training.Select(data => Relabelled(data) && _settings.Relabel.Negatives > 0 ? file.ReadAbsent(data) : null)]);

        bool Relabelled(CaseData data) => (_organs.All & ~data.Annotated) != 0;
    }

    /// <summary>Where a run is kept, by whom, and who trains.</summary>
    private sealed record RunPlace(RunFolder Folder, IDisposable? Claim, ICommunicator Ranks);

    private RunManifest Manifest() => new()
    {
        Smile = SmileVersion.Text,
        DotNet = RuntimeInformation.FrameworkDescription,
        System = $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}",
        Backend = Network.Backend.Name,
        Seed = _settings.Run.Seed,
        DataHash = _dataHash,
        Started = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        Organs = _organs.Names,
        Spacing = _spacing,
    };
}
