using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Evaluation;

namespace Smile.Host.Cases;

/// <summary>Prediction and truth of one case, each with the meaning of its integers.</summary>
internal sealed record EvaluationPair(
    string Id, string Prediction, LabelMapping Predicted, string Reference, LabelMapping True, OrganBits Annotated)
{
    private static readonly NiftiVolumeReader _reader = new();

    /// <summary>Reads both and scores the annotated organs, or all that the truth has an integer for.</summary>
    public CaseScore Score(Evaluator evaluator, bool truthComplete)
    {
        var truth = LabelMaps.Read(Reference, True, _reader);
        var predicted = LabelMaps.Read(Prediction, Predicted, _reader);
        LabelMaps.CheckGrid(Prediction, predicted.Geometry, Reference, truth.Geometry);
        return evaluator.Score(Id, truth.Geometry, truth.Voxels, truthComplete ? True.Organs : Annotated, predicted.Voxels) with
        {
            PredictionFile = Prediction,
            ReferenceFile = Reference,
        };
    }
}

/// <summary>The cases to evaluate and their organs.</summary>
/// <param name="Pairs">Cases with truth and prediction.</param>
/// <param name="Organs">Of the truth.</param>
/// <param name="LeftOut">Cases with truth that lack a prediction.</param>
internal sealed record EvaluationPairs(IReadOnlyList<EvaluationPair> Pairs, OrganSet Organs, IReadOnlyList<string> LeftOut)
{
    /// <summary>Two files, or the files of one name in two folders.</summary>
    /// <param name="prediction">File or folder.</param>
    /// <param name="reference">File or folder.</param>
    /// <param name="labels">Names of the labels where none lie beside the maps; null to do without.</param>
    public static EvaluationPairs FromFiles(string prediction, string reference, string? labels)
    {
        var given = labels is null ? null : LabelNames.Read(labels);
        var predicted = LabelFiles.NamesBeside(prediction) ?? given;
        var @true = given ?? LabelFiles.NamesBeside(reference) ?? predicted
            ?? throw new DataException($"{reference}: no names of labels were found beside it. Give a JSON file with \"labels\": {{ "
                + "\"liver\": 1, ... } to --labels.");
        var organs = new OrganSet(@true.Organs);
        LabelMapping ofPrediction = (predicted ?? @true).Mapping(organs), ofTruth = @true.Mapping(organs);
        EvaluationPair Pair(string p, string r) => new(LabelFiles.Stem(r), p, ofPrediction, r, ofTruth, ofTruth.Organs);
        if (File.Exists(prediction) && File.Exists(reference))
            return new EvaluationPairs([Pair(prediction, reference)], organs, []);

        SortedDictionary<string, string> predictions = ByName(prediction), truth = ByName(reference);
        var pairs = truth.Where(r => predictions.ContainsKey(r.Key)).Select(r => Pair(predictions[r.Key], r.Value)).ToList();
        return pairs.Count > 0
            ? new EvaluationPairs(pairs, organs, [.. truth.Keys.Where(name => !predictions.ContainsKey(name))])
            : throw new DataException($"{prediction} and {reference}: no file names in common. Predictions and truth are matched by name.");
    }

    /// <summary>
    /// The cases with truth of data sets, and the predictions of their names. Of a part, training or test, that has no prediction at all
    /// none is missed.
    /// </summary>
    public static EvaluationPairs FromDataset(string prediction, Dataset dataset)
    {
        var predictions = ByName(prediction);
        var ofPrediction = LabelFiles.NamesBeside(prediction)?.Mapping(dataset.Organs) ?? LabelMapping.Identity(dataset.Organs.Count);
        var pairs = dataset.Training.Concat(dataset.Test)
            .Where(c => c.LabelPath is not null && predictions.ContainsKey(c.Id))
            .Select(c => new EvaluationPair(c.Id, predictions[c.Id], ofPrediction, c.LabelPath!, c.Mapping, c.Annotated))
            .ToList();
        var leftOut = new[] { dataset.Training, dataset.Test }
            .Select(part => part.Where(c => c.LabelPath is not null).ToLookup(c => predictions.ContainsKey(c.Id), c => c.Id))
            .Where(part => part.Contains(true))
            .SelectMany(part => part[false]);
        return pairs.Count > 0
            ? new EvaluationPairs(pairs, dataset.Organs, [.. leftOut])
            : throw new DataException($"{prediction}: no label map has the name of a case with truth, such as "
                + $"{dataset.Training.Concat(dataset.Test).First().Id}.nii.gz.");
    }

    /// <summary>The label maps of a folder, or the file itself, by name without ending, in the order of the names.</summary>
    private static SortedDictionary<string, string> ByName(string path)
    {
        var files = File.Exists(path) ? [path] : LabelFiles.Volumes(path);
        var byName = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in files)
            if (!byName.TryAdd(LabelFiles.Stem(file), file))
                throw new DataException($"{file}: another file of the folder has the same name but for its ending. Keep one.");
        return byName;
    }
}
