using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Cases;

/// <summary>The division of the training cases that a data set brings along: nnU-Net's splits_final.json beside its dataset.json.</summary>
internal static class GivenSplit
{
    /// <summary>The division, with the cases' ids in the study.</summary>
    /// <param name="session">Hears which one is taken.</param>
    /// <param name="dataset">One folder or several; each then has its own file, of which the entry is taken.</param>
    /// <param name="fold">The entry, from 0; -1: the first, where there is a file.</param>
    /// <returns>Null where there is no file and none was asked for.</returns>
    /// <exception cref="ConfigException">A folder has no file or no such entry.</exception>
    /// <exception cref="DataException">A file cannot be followed.</exception>
    public static Split? Of(Session session, Dataset dataset, int fold)
    {
        string[] folders = [.. dataset.Training.Select(each => each.Folder).Distinct(StringComparer.Ordinal)];
        if (fold < 0 && !folders.Any(folder => File.Exists(FileOf(folder))))
            return null;
        Split[] entries = [.. folders.Select(folder => Entry(session, dataset, folder, Math.Max(0, fold), asked: fold >= 0))];
        return new Split([.. entries.SelectMany(each => each.Train)], [.. entries.SelectMany(each => each.Validation)]);
    }

    /// <summary>
    /// All divisions of a data set of one folder, with the cases' ids in the study; none where it has no file, or there are several
    /// folders, whose divisions belong to different cases.
    /// </summary>
    /// <exception cref="DataException">The file cannot be followed.</exception>
    public static IReadOnlyList<Split> All(Dataset dataset)
    {
        string[] folders = [.. dataset.Training.Select(each => each.Folder).Distinct(StringComparer.Ordinal)];
        return folders is [string folder] && File.Exists(FileOf(folder))
            ? [.. Splits.Read(FileOf(folder), dataset.Training.Select(each => (each.NameInFolder, each.Group)))]
            : [];
    }

    /// <summary>
    /// All divisions of a data set, with the cases' ids in the study: of several folders, entry by entry those of all; none where a folder
    /// has no file.
    /// </summary>
    /// <exception cref="DataException">A file cannot be followed.</exception>
    public static IReadOnlyList<Split> Joined(Dataset dataset)
    {
        var folders = dataset.Training.GroupBy(each => each.Folder, StringComparer.Ordinal).ToArray();
        if (!folders.All(folder => File.Exists(FileOf(folder.Key))))
            return [];
        Split[][] own = [.. folders.Select(folder =>
        {
            var ids = folder.ToDictionary(each => each.NameInFolder, each => each.Id, StringComparer.Ordinal);
            return Splits.Read(FileOf(folder.Key), folder.Select(each => (each.NameInFolder, each.Group)))
                .Select(split => new Split([.. split.Train.Select(name => ids[name])], [.. split.Validation.Select(name => ids[name])]))
                .ToArray();
        })];
        return [.. Enumerable.Range(0, own.Min(splits => splits.Length)).Select(i =>
            new Split([.. own.SelectMany(splits => splits[i].Train)], [.. own.SelectMany(splits => splits[i].Validation)]))];
    }

    private static Split Entry(Session session, Dataset dataset, string folder, int fold, bool asked)
    {
        string file = FileOf(folder);
        if (!File.Exists(file))
        {
            throw new ConfigException(asked
                ? $"--fold {fold}: {file} is not there. Put nnU-Net's file beside dataset.json, or leave --fold out for a random share."
                : $"{file}: is not there, while another folder of the study has one. Give each folder one, or none.");
        }

        Case[] cases = [.. dataset.Training.Where(each => each.Folder == folder)];
        IReadOnlyList<Split> splits = Splits.Read(file, cases.Select(each => (each.NameInFolder, each.Group)));
        if (fold >= splits.Count)
            throw new ConfigException($"--fold {fold}: {file} has {Words.Count(splits.Count, "fold", "folds")}, counted from 0.");
        Split split = splits[fold];
        if (split.Train.Count == 0)
            throw new DataException($"{file}: [{fold}]: train: names no case. Correct the list.");
        int left = cases.Length - split.Train.Concat(split.Validation).Distinct(StringComparer.Ordinal).Count();
        session.Note($"{file}: fold {fold} of {splits.Count}: {Words.Count(split.Train.Count, "case", "cases")} to train on, "
            + $"{split.Validation.Count} held out{(left > 0 ? $", {left} in neither list and left out" : "")}");
        Dictionary<string, string> ids = cases.ToDictionary(each => each.NameInFolder, each => each.Id, StringComparer.Ordinal);
        return new Split([.. split.Train.Select(name => ids[name])], [.. split.Validation.Select(name => ids[name])]);
    }

    private static string FileOf(string folder) => Path.Combine(folder, Splits.FileName);
}
