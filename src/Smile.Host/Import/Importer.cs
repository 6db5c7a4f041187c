using System.Globalization;
using System.Runtime.InteropServices;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Imaging.Nifti;
using Smile.Kernels.Hashing;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>
/// Writes cases as a data set in nnU-Net's layout. A case has its final name only when it is whole, dataset.json is written last,
/// and a second run with the same arguments passes over what is done and tries again what failed. Nothing that is written names a patient.
/// </summary>
internal sealed class Importer
{
    private const string Work = ".import", Claim = "claim", Index = "dataset.json";

    private static readonly string[] _parts = ["imagesTr", "labelsTr", "imagesTs", "labelsTs"];

    private readonly string _folder;
    private readonly IReadOnlyList<SourceCase> _cases;
    private readonly RegionMapping _mapping;
    private readonly ImportOptions _options;
    private readonly int _damaged;
    private readonly int[] _first;
    private readonly ImportClaim _claim;

    /// <param name="folder">The data set's.</param>
    /// <param name="cases">At least one.</param>
    /// <param name="mapping">Of all their regions.</param>
    /// <param name="options">How.</param>
    /// <param name="damaged">Files that were left out; the manifest says how many, their names may identify a patient.</param>
    /// <exception cref="ConfigException">The folder holds a whole data set, or the beginnings of another import.</exception>
    /// <exception cref="DataException">It cannot be written to.</exception>
    public Importer(string folder, IReadOnlyList<SourceCase> cases, RegionMapping mapping, ImportOptions options, int damaged = 0)
    {
        (_folder, _cases, _mapping, _options, _damaged) = (folder, cases, mapping, options, damaged);
        _first = Patients.First([.. cases.Select(source => source.Patient)]);
        RefuseDataset(folder);
        string claim = In(Work, Claim);
        foreach (string part in new[] { "imagesTr", "labelsTr", Work })
            LabelFiles.MakeFolder(In(part));
        if (IsEmpty)
            File.Delete(claim); // there is nothing to go on with: the next try may have other options
        _claim = ImportClaim.Take(claim, folder, cases, mapping, options);
        // Halves that a killed run has left.
        foreach (string left in Directory.GetFiles(In(Work))
            .Where(file => file != claim && !file.EndsWith(".json", StringComparison.Ordinal)))
            File.Delete(left);
    }

    /// <summary>Refuses a folder in which there is nothing to go on with.</summary>
    /// <exception cref="ConfigException">It holds a whole data set, or is a file.</exception>
    public static void RefuseDataset(string folder)
    {
        if (File.Exists(folder))
            throw new ConfigException($"{folder}: is a file. Name a folder.");
        string index = Path.Combine(folder, Index);
        if (File.Exists(index) && !File.Exists(Path.Combine(folder, Work, Claim)))
            throw new ConfigException($"{index}: exists: the folder holds a data set. Remove it or name another folder.");
    }

    /// <summary>True where no case was made, nor a part of one.</summary>
    private bool IsEmpty => !Directory.EnumerateFiles(In(Work), "*.json").Any() && _parts.Select(part => In(part))
        .All(part => !Directory.Exists(part) || !Directory.EnumerateFiles(part).Any());

    /// <summary>The id of a case, counted from 0.</summary>
    public static string Id(int index) => string.Create(CultureInfo.InvariantCulture, $"case_{index + 1:D4}");

    /// <summary>The cases that share a patient, as groups.json says it.</summary>
    public IReadOnlyList<(string Case, string Group)> Groups { get; private set; } = [];

    /// <summary>Imports what is not there yet, several cases at once; returns what is there, in order, and what failed.</summary>
    /// <exception cref="OperationCanceledException">Cancelled between two cases; a second run goes on.</exception>
    /// <exception cref="DataException">The disk is full; a second run goes on.</exception>
    public (IReadOnlyList<ImportRecord> Done, IReadOnlyList<string> Failures) Run(int jobs, IWork work, CancellationToken stop)
    {
        // Until all is written again, half a data set must not look like a whole one.
        File.Delete(In(Index));
        var done = new ImportRecord?[_cases.Count];
        string?[] failures = new string?[_cases.Count];
        Exception? full = null;
        int finished = 0;
        Parallel.For(0, _cases.Count, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = stop }, (i, loop) =>
        {
            try
            {
                string made = _claim.DigestOf(_cases[i], _mapping);
                done[i] = ImportRecord.Read(In(Work, Id(i) + ".json"), made) ?? Import(i, made, work);
            }
            catch (Exception e) when (CaseFailure.Cause(e) is var cause && cause is not OperationCanceledException)
            {
                if (CaseFailure.IsFullDisk(cause))
                {
                    full = cause;
                    loop.Stop();
                    return;
                }

                failures[i] = CaseFailure.Describe(cause, _cases[i].Origin, jobs);
                work.Message($"failed: {failures[i]}");
            }

            work.Report(Interlocked.Increment(ref finished), Id(i));
        });
        if (full is not null)
            throw FullDisk(done.Count(record => record is not null), full);
        return (Conclude(done, failures.Any(failure => failure is not null)), [.. failures.OfType<string>()]);
    }

    /// <summary>Makes a data set of what is there. The records are kept until nothing is left to do.</summary>
    private ImportRecord[] Conclude(ImportRecord?[] done, bool failed)
    {
        if (done.All(record => record is null))
            return [];
        ILookup<string, string> alike = done.OfType<ImportRecord>().ToLookup(record => record.Image, record => record.Case);
        ImportRecord[] records = [.. done.OfType<ImportRecord>().Select(record => record with
        {
            Warnings =
            [
                .. record.Warnings, .. alike[record.Image].Where(other => other != record.Case)
                    .Select(other => $"the image is that of {other} too; both stay on one side of every split ({GroupFile.FileName})."),
            ],
        })];
        Groups = Patients.Groups([.. done.Index().Where(each => each.Item is not null)
            .Select(each => (each.Item!.Case, _first[each.Index], each.Item.Image))]);
        try
        {
            ImportIndex.Write(_folder, records, Groups, _cases.Count, _mapping.Organs, _options.Spacing, _damaged);
        }
        catch (DataException e) when (CaseFailure.IsFullDisk(e))
        {
            throw FullDisk(records.Length, e);
        }

        if (!failed && _damaged == 0)
            Directory.Delete(In(Work), recursive: true);
        return records;
    }

    private DataException FullDisk(int done, Exception e) => new($"{_folder}: no room for more: {e.GetBaseException().Message}. "
        + $"{Words.Of(done, _cases.Count, "case", "cases", "is", "are")} whole and kept; no half file was left. "
        + "Free some space and give the same command again: it goes on.", e);

    private ImportRecord Import(int index, string made, IWork work)
    {
        Forget(index);
        SourceCase source = _cases[index];
        var notes = new CaseNotes();
        (Volume image, byte[] labels, OrganBits annotated) = source.Read(_mapping, notes);
        foreach (string doubt in HounsfieldProfile.Of(image).Doubts)
            notes.Add(doubt);
        foreach (string told in notes.Told)
            work.Message($"{Id(index)}: {told}");
        if (_options.Mirror)
        {
            Sides.Exchange<float>(image.Voxels, image.Geometry.Width);
            Sides.Exchange<byte>(labels, image.Geometry.Width);
        }

        if (_options.Spacing is { } spacing)
        {
            var grid = new SpacingGrid(source.Origin, image.Geometry, spacing);
            (image, labels) = (grid.Image(image), grid.Labels(labels));
        }

        // An image on which nothing was looked for teaches nothing; it may be predicted.
        bool labelled = annotated != 0, training = labelled && !source.IsTest;
        bool ignore = labelled && labels.AsSpan().Contains(Labels.Ignore);
        labels.AsSpan().Replace(Labels.Ignore, (byte)(_mapping.Organs.Count + 1));
        string id = Id(index), part = training ? "Tr" : "Ts";
        string hash = Sha256.Of(MemoryMarshal.AsBytes(image.Voxels.AsSpan()));
        LabelFiles.MakeFolder(In("images" + part));
        // The image's name is given last: where it stands, the label map does too.
        if (labelled)
        {
            LabelFiles.MakeFolder(In("labels" + part));
            Store(id + ".nii.gz", In("labels" + part), path => NiftiWriter.Write(path, new LabelMap(image.Geometry, labels)));
        }

        Store(id + "_0000.nii.gz", In("images" + part), path => WriteImage(path, image));
        var record = new ImportRecord(id, made, source.Kind, training, labelled, annotated, ignore, hash, notes.All);
        record.Write(In(Work, id + ".json"));
        return record;
    }

    /// <summary>
    /// Whole HU as int16, as CT usually is; resampled ones are rounded to it. Others, finer than 1 HU by their slope, stay float32.
    /// </summary>
    private void WriteImage(string path, Volume image)
    {
        bool whole = true, fits = true;
        foreach (float voxel in image.Voxels)
        {
            whole &= voxel == MathF.Floor(voxel);
            fits &= voxel is >= short.MinValue and <= short.MaxValue;
        }

        if (fits && (whole || _options.Spacing is not null))
            NiftiWriter.WriteInt16(path, image);
        else
            NiftiWriter.Write(path, image);
    }

    private void Store(string name, string folder, Action<string> write)
    {
        string path = In(Work, name);
        write(path);
        File.Move(path, Path.Combine(folder, name), overwrite: true);
    }

    /// <summary>
    /// Takes away what another run has made of a case whose source has changed since: it may have been a case of the other part.
    /// </summary>
    private void Forget(int index)
    {
        string id = Id(index), image = id + "_0000.nii.gz", labels = id + ".nii.gz";
        foreach ((string part, string name) in new[] { (Work, id + ".json"), ("imagesTr", image), ("labelsTr", labels), ("imagesTs", image),
            ("labelsTs", labels) })
        {
            if (File.Exists(In(part, name)))
                File.Delete(In(part, name));
        }
    }

    private string In(params string[] parts) => Path.Combine([_folder, .. parts]);
}
