using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Phantom;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Experiments;

/// <summary>The cases of a study in memory, its splits and its drops.</summary>
internal sealed class StudyData
{
    /// <summary>Sites of a variant whose annotations are missing by site.</summary>
    private const int Sites = 6;

    private const ulong OrderStream = 5;

    private readonly Study _study;
    private readonly IReadOnlyList<Case> _cases;
    private readonly Dictionary<string, CaseData> _byId;
    private readonly Dictionary<string, OrganBits> _there; // bit k: the label map has a voxel of organ k

    private StudyData(Study study, OrganSet organs, IReadOnlyList<Case> cases, IReadOnlyList<CaseData> loaded)
    {
        (_study, _cases, Organs) = (study, cases, organs);
        _byId = loaded.ToDictionary(data => data.Id, StringComparer.Ordinal);
        _there = loaded.ToDictionary(data => data.Id, data => data.WithAnnotated(data.Truth).Shown, StringComparer.Ordinal);
        Hash = DataHash.Of(organs, loaded);
    }

    public OrganSet Organs { get; }

    /// <summary>Of images, labels and annotation states.</summary>
    public string Hash { get; }

    public int Count => _cases.Count;

    /// <summary>Generates the phantoms or loads the training cases of the folders.</summary>
    /// <exception cref="DataException">A file cannot be read, or there are fewer than two cases.</exception>
    public static StudyData Load(Session session, Study study)
    {
        var data = study.Folders.Count > 0 ? Read(session, study) : Generate(session, study);
        int patients = data._cases.Select(c => c.Group ?? c.Id).Distinct(StringComparer.Ordinal).Count();
        return patients >= 2 ? data
            : throw new DataException($"{data.Count} {(data.Count == 1 ? "case" : "cases of one patient")}: "
                + "a study needs two patients, one to train on and one to test.");
    }

    /// <summary>The cases of a split, by id; each organ keeps a training case that shows it, and has a test case where it can.</summary>
    public Split Split(int split) => StratifiedSplit.Of(Sorted(_cases.Select(c => _byId[c.Id])), SeedOf(split), _study.HeldOut);

    /// <summary>
    /// Which of a cell's training cases are held out: each organ keeps one to learn from, of those in which it is still annotated. Where it
    /// does anyway nothing is moved for the held-out ones: cells stay comparable with those of before divisions were stratified.
    /// </summary>
    public Split Validation(Cell cell, IReadOnlyList<CaseData> training)
    {
        var settings = cell.Settings(_study);
        return StratifiedSplit.Of(Sorted(training), (ulong)settings.Run.Seed, settings.Data.Validation, eachHeldOut: false);
    }

    /// <summary>
    /// <see cref="Cell.Key"/>. Where every organ kept its cases anyway both divisions are the ones that studies had before they were
    /// stratified, and so is the key; elsewhere it is another, and no result of the other division is taken for the cell's.
    /// </summary>
    public string Key(Cell cell)
    {
        CaseData[] training = Training(cell);
        var settings = cell.Settings(_study);
        bool same = Same(Split(cell.Split), Splits.Random(_cases.Select(c => (c.Id, c.Group)), SeedOf(cell.Split), _study.HeldOut))
            && Same(Validation(cell, training),
                Splits.Random(training.Select(c => (c.Id, c.Group)), (ulong)settings.Run.Seed, settings.Data.Validation));
        return cell.Key(_study, Hash, same ? "" : " stratified");
    }

    private static bool Same(Split one, Split other) => one.Validation.SequenceEqual(other.Validation);

    private SplitCase[] Sorted(IEnumerable<CaseData> cases) =>
        [.. cases.Select(data => new SplitCase(data.Id, data.Group, data.Annotated & _there[data.Id]))];

    private ulong SeedOf(int split) => _study.Seed + (ulong)split;

    /// <summary>
    /// Training cases of the split with what the drop leaves annotated. A (case, organ) that is missing at one alpha is missing at
    /// each higher one; every method of the split sees the same.
    /// </summary>
    /// <param name="split">From 0.</param>
    /// <param name="alpha">Share of the annotations that is dropped.</param>
    /// <param name="drop">Why, one of <see cref="DropModes"/>.</param>
    /// <param name="trainCases">
    /// How many of the cases, 0 for all. A few cases may well lose all annotations of an organ, and then there is nothing to compare: each
    /// organ keeps one.
    /// </param>
    /// <exception cref="ConfigException">There are not so many, or an organ is annotated in none of them.</exception>
    public CaseData[] Training(int split, double alpha, string drop = DropModes.Random, int trainCases = 0)
    {
        var ids = Drawn(split, trainCases).ToHashSet(StringComparer.Ordinal);
        Case[] cases = [.. _cases.Where(c => ids.Contains(c.Id))];
        ulong seed = SeedOf(split);
        double[][] numbers = drop switch
        {
            DropModes.PerSite => DropNumbers.PerSite(cases, Organs, seed, Sites),
            DropModes.PerPathology => DropNumbers.PerPathology(cases, Organs, seed,
                [.. cases.Select(c => DropNumbers.Volumes(_byId[c.Id], Organs.Count))]),
            _ => DropNumbers.Random(cases, Organs, seed),
        };
        var dropped = AnnotationDrop.Drop(cases, Organs, alpha, numbers,
            trainCases == 0 && !_study.KeepOne ? LastAnnotation.Dropped : LastAnnotation.Retained);
        return [.. dropped.Select(c => _byId[c.Id].WithAnnotated(c.Annotated))];
    }

    /// <inheritdoc cref="Training(int, double, string, int)"/>
    public CaseData[] Training(Cell cell)
    {
        CaseData[] cases = Training(cell.Split, cell.Alpha, cell.Drop, cell.TrainCases);
        return cell.Only is not { } organ ? cases
            : [.. cases.Select(c => c.WithAnnotated(c.Annotated & OrganBits.Of(organ))).Where(c => c.Annotated != 0)];
    }

    /// <summary>Share of the (case, organ) annotations that are missing in training cases.</summary>
    public double Missing(IReadOnlyCollection<CaseData> training) =>
        1 - training.Average(c => (double)c.Annotated.Count) / Organs.Count;

    /// <summary>In how many training cases each organ is annotated.</summary>
    public int[] Annotated(IReadOnlyCollection<CaseData> training) =>
        [.. Enumerable.Range(0, Organs.Count).Select(k => training.Count(c => c.Annotated.Has(k)))];

    /// <summary>Test cases of the split; nothing of them is dropped.</summary>
    public CaseData[] Test(int split) => [.. Split(split).Validation.Select(id => _byId[id])];

    /// <summary>Each organ's share of all voxels; NaN where a case's truth of it is not known.</summary>
    public double[] Beta()
    {
        double voxels = _byId.Values.Sum(c => (double)c.Geometry.Voxels);
        return [.. Enumerable.Range(0, Organs.Count).Select(k => _byId.Values.All(c => c.Truth.Has(k))
            ? _byId.Values.Sum(c => (double)c.Labels.Count(Labels.Of(k))) / voxels
            : double.NaN)];
    }

    /// <summary>The first of the split's training cases, in an order of the split's own.</summary>
    private string[] Drawn(int split, int trainCases)
    {
        string[] ids = [.. Split(split).Train];
        if (trainCases == 0)
            return ids;
        if (trainCases > ids.Length)
            throw new ConfigException($"--train-cases {trainCases}: split {split + 1} has {ids.Length} cases to train on.");
        new Rng(_study.Seed + (ulong)split, OrderStream).Shuffle(ids.AsSpan());
        var drawn = ids[..trainCases];
        OrganBits annotated = drawn.Aggregate(default(OrganBits), (all, id) => all | _byId[id].Annotated);
        if ((Organs.All & ~annotated) is { IsEmpty: false } none)
            throw new ConfigException($"--train-cases {trainCases}: in the first {trainCases} cases of split {split + 1} "
                + $"{Organs.Names[none.Lowest]} is annotated nowhere. Take more cases, or another --seed.");
        return drawn;
    }

    private static StudyData Generate(Session session, Study study)
    {
        var options = study.Phantom with { Seed = study.Seed };
        var organs = new OrganSet(PhantomCase.Organs);
        var loaded = new CaseData[study.Cases];
        session.Work("phantoms", study.Cases, work =>
        {
            int done = 0;
            var parallel = new ParallelOptions { CancellationToken = session.Stop, MaxDegreeOfParallelism = Environment.ProcessorCount };
            Parallel.For(0, study.Cases, parallel, i =>
            {
                var (image, labels) = PhantomCase.Generate(options, i);
                loaded[i] = new CaseData(PhantomDataset.Name(i), image, labels.Voxels, organs.All, organs.All);
                work.Report(Interlocked.Increment(ref done));
            });
        });
        var mapping = LabelMapping.Identity(organs.Count);
        return new StudyData(study, organs, [.. loaded.Select(c => new Case(c.Id, "", null, organs.All, mapping))], loaded);
    }

    private static StudyData Read(Session session, Study study)
    {
        var dataset = CaseLoader.OpenForTraining(session, study.Folders);
        if (dataset.Training.FirstOrDefault(c => c.Pseudo is not null) is { } relabelled)
            throw new ConfigException($"{relabelled.Folder}: is a relabelled data set. A study measures what annotations are worth that "
                + "are missing; give it the data set that this one was made from.");
        var loaded = CaseLoader.Load(session, dataset, dataset.Training, "loading");
        return new StudyData(study, dataset.Organs, dataset.Training, loaded);
    }
}
