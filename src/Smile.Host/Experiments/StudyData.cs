using System.Numerics;
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

    private readonly Study _study;
    private readonly IReadOnlyList<Case> _cases;
    private readonly Dictionary<string, CaseData> _byId;

    private StudyData(Study study, OrganSet organs, IReadOnlyList<Case> cases, IReadOnlyList<CaseData> loaded)
    {
        (_study, _cases, Organs) = (study, cases, organs);
        _byId = loaded.ToDictionary(data => data.Id, StringComparer.Ordinal);
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

    /// <summary>The cases of a split, by id.</summary>
    public Split Split(int split) => Splits.Random(_cases.Select(c => (c.Id, c.Group)), _study.Seed + (ulong)split, _study.HeldOut);

    /// <summary>
    /// Training cases of the split with what the drop leaves annotated. A (case, organ) that is missing at one alpha is missing at
    /// each higher one; every method of the split sees the same.
    /// </summary>
    public CaseData[] Training(int split, double alpha, string drop = DropModes.Random)
    {
        var ids = Split(split).Train.ToHashSet(StringComparer.Ordinal);
        Case[] cases = [.. _cases.Where(c => ids.Contains(c.Id))];
        ulong seed = _study.Seed + (ulong)split;
        double[][] numbers = drop switch
        {
            DropModes.PerSite => DropNumbers.PerSite(cases, Organs, seed, Sites),
            DropModes.PerPathology => DropNumbers.PerPathology(cases, Organs, seed,
                [.. cases.Select(c => DropNumbers.Volumes(_byId[c.Id], Organs.Count))]),
            _ => DropNumbers.Random(cases, Organs, seed),
        };
        var dropped = AnnotationDrop.Drop(cases, Organs, alpha, numbers, LastAnnotation.Dropped);
        return [.. dropped.Select(c => _byId[c.Id].WithAnnotated(c.Annotated))];
    }

    /// <summary>Share of the (case, organ) annotations of <see cref="Training"/> that are missing.</summary>
    public double Missing(int split, double alpha, string drop)
    {
        var training = Training(split, alpha, drop);
        return 1 - training.Average(c => (double)BitOperations.PopCount(c.Annotated)) / Organs.Count;
    }

    /// <summary>Test cases of the split; nothing of them is dropped.</summary>
    public CaseData[] Test(int split) => [.. Split(split).Validation.Select(id => _byId[id])];

    /// <summary>Each organ's share of all voxels; NaN where a case's truth of it is not known.</summary>
    public double[] Beta()
    {
        double voxels = _byId.Values.Sum(c => (double)c.Geometry.Voxels);
        return [.. Enumerable.Range(0, Organs.Count).Select(k => _byId.Values.All(c => (c.Truth >> k & 1) != 0)
            ? _byId.Values.Sum(c => (double)c.Labels.Count(Labels.Of(k))) / voxels
            : double.NaN)];
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
        var dataset = CaseLoader.Open(session, study.Folders);
        var loaded = CaseLoader.Load(session, dataset, dataset.Training, "loading");
        return new StudyData(study, dataset.Organs, dataset.Training, loaded);
    }
}
