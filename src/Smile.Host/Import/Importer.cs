using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Smile.Host.Commands;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>
/// Writes cases as a data set in nnU-Net's layout. A case has its final name only when it is whole, dataset.json is written last,
/// and a second run with the same arguments passes over what is done. Nothing that is written names a patient.
/// </summary>
internal sealed class Importer
{
    private const string Work = ".import";

    private readonly string _folder;
    private readonly IReadOnlyList<SourceCase> _cases;
    private readonly RegionMapping _mapping;
    private readonly (double Z, double Y, double X)? _spacing;
    private readonly int _damaged;
    private readonly int[] _first;

    /// <param name="folder">The data set's.</param>
    /// <param name="cases">At least one.</param>
    /// <param name="mapping">Of all their regions.</param>
    /// <param name="spacing">mm along (z, y, x) to resample to; null leaves the grids as they are.</param>
    /// <param name="damaged">Files that were left out; the manifest says how many, their names may identify a patient.</param>
    /// <exception cref="DataException">The folder holds a data set, or the beginnings of another import.</exception>
    public Importer(string folder, IReadOnlyList<SourceCase> cases, RegionMapping mapping, (double Z, double Y, double X)? spacing, int damaged = 0)
    {
        (_folder, _cases, _mapping, _spacing, _damaged) = (folder, cases, mapping, spacing, damaged);
        _first = Patients.First([.. cases.Select(source => source.Patient)]);
        if (File.Exists(In("dataset.json")))
            throw new ConfigException($"{In("dataset.json")}: exists: the folder holds a data set. Remove it or name another folder.");
        foreach (string part in new[] { "imagesTr", "labelsTr", Work })
            LabelFiles.MakeFolder(In(part));
        Claim();
        foreach (string left in Directory.GetFiles(In(Work), "*.nii.gz*"))
            File.Delete(left);
    }

    /// <summary>The id of a case, counted from 0.</summary>
    public static string Id(int index) => string.Create(CultureInfo.InvariantCulture, $"case_{index + 1:D4}");

    /// <summary>The cases that share a patient, as groups.json says it.</summary>
    public IReadOnlyList<(string Case, string Group)> Groups { get; private set; } = [];

    /// <summary>Imports what is not there yet, several cases at once; returns what is there, in order, and what failed.</summary>
    /// <exception cref="OperationCanceledException">Cancelled between two cases; a second run goes on.</exception>
    public (IReadOnlyList<ImportRecord> Done, IReadOnlyList<string> Failures) Run(int jobs, IWork work, CancellationToken stop)
    {
        var done = new ImportRecord?[_cases.Count];
        string?[] failures = new string?[_cases.Count];
        int finished = 0;
        Parallel.For(0, _cases.Count, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = stop }, i =>
        {
            try
            {
                done[i] = ImportRecord.Read(In(Work, Id(i) + ".json")) ?? Import(i);
            }
            catch (Exception e) when (e is DataException or IOException)
            {
                failures[i] = e.Message;
                work.Message($"failed: {e.Message}");
            }

            work.Report(Interlocked.Increment(ref finished), Id(i));
        });
        ImportRecord[] records = [.. done.OfType<ImportRecord>()];
        if (records.Length > 0)
        {
            Groups = Patients.Groups([.. done.Index().Where(each => each.Item is not null).Select(each => (each.Item!.Case, _first[each.Index], each.Item.Image))]);
            ImportIndex.Write(_folder, records, Groups, _cases.Count, _mapping.Organs, _spacing, _damaged);
            Directory.Delete(In(Work), recursive: true);
        }

        return (records, [.. failures.OfType<string>()]);
    }

    private ImportRecord Import(int index)
    {
        SourceCase source = _cases[index];
        uint annotated = _mapping.OrgansOf(source.Regions);
        var notes = new CaseNotes();
        (Volume image, byte[] labels) = source.Read(_mapping, notes);
        if (_spacing is { } spacing)
        {
            var grid = new SpacingGrid(image.Geometry, spacing);
            (image, labels) = (grid.Image(image), grid.Labels(labels));
        }

        // An image on which nothing was looked for teaches nothing; it may be predicted.
        bool labelled = annotated != 0, training = labelled && !source.IsTest;
        bool ignore = labelled && labels.AsSpan().Contains(Labels.Ignore);
        labels.AsSpan().Replace(Labels.Ignore, (byte)(_mapping.Organs.Count + 1));
        string id = Id(index), part = training ? "Tr" : "Ts", hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(image.Voxels.AsSpan())));
        LabelFiles.MakeFolder(In("images" + part));
        // The image's name is given last: where it stands, the label map does too.
        if (labelled)
        {
            LabelFiles.MakeFolder(In("labels" + part));
            Put(id + ".nii.gz", In("labels" + part), path => NiftiWriter.Write(path, new LabelMap(image.Geometry, labels)));
        }

        Put(id + "_0000.nii.gz", In("images" + part), path => WriteImage(path, image));
        var record = new ImportRecord(id, source.Kind, training, labelled, annotated, ignore, hash, notes.All);
        record.Write(In(Work, id + ".json"));
        return record;
    }

    /// <summary>Whole HU as int16, as CT usually is; resampled ones are rounded to it. Others, finer than 1 HU by their slope, stay float32.</summary>
    private void WriteImage(string path, Volume image)
    {
        bool whole = true, fits = true;
        foreach (float voxel in image.Voxels)
        {
            whole &= voxel == MathF.Floor(voxel);
            fits &= voxel is >= short.MinValue and <= short.MaxValue;
        }

        if (fits && (whole || _spacing is not null))
            NiftiWriter.WriteInt16(path, image);
        else
            NiftiWriter.Write(path, image);
    }

    private void Put(string name, string folder, Action<string> write)
    {
        string path = In(Work, name);
        write(path);
        File.Move(path, Path.Combine(folder, name), overwrite: true);
    }

    /// <summary>Marks the folder as this import's. Of names only a digest is kept.</summary>
    private void Claim()
    {
        string claim = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [
            .. _cases.Select(source => $"{source.Origin}: {string.Join(", ", source.Regions.Select(region => $"{region}={_mapping[region]}"))}"),
            string.Join(',', _mapping.Organs.Names), string.Create(CultureInfo.InvariantCulture, $"{_spacing}")]))));
        string path = In(Work, "claim");
        if (!File.Exists(path))
            AtomicFile.WriteText(path, claim);
        else if (File.ReadAllText(path) != claim)
            throw new ConfigException($"{_folder}: holds the beginnings of an import of other sources, or with other options. Give the same ones, remove it, or name another folder.");
    }

    private string In(params string[] parts) => Path.Combine([_folder, .. parts]);
}
