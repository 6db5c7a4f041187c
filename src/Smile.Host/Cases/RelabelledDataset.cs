using System.IO.Compression;
using System.Text.Json;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Relabel;

namespace Smile.Host.Cases;

/// <summary>
/// Writes a relabelled data set (docs/data.md): for nnU-Net a map a case, in which what is not known is its ignore label; for Smile the
/// annotation and the masks beside it, from which it makes again, bit for bit, what the relabelled cases teach. dataset.json is written
/// last; a folder that is disposed of without it is emptied.
/// </summary>
internal sealed class RelabelledDataset : IDisposable
{
    /// <summary>Ends the name of an image (nnU-Net's channel).</summary>
    private const string Channel = "_0000";

    private static readonly string[] _parts = ["imagesTr", "labelsTr", PseudoIndex.AnnotatedFolder, PseudoIndex.MaskFolder];

    private static readonly string[] _files =
        [AnnotationFile.FileName, GroupFile.FileName, LabelLedger.FileName, Splits.FileName, DatasetJson.FileName];

    private readonly string _folder;
    private readonly OrganSet _organs;
    private readonly bool _made;
    private readonly List<Case> _cases = [];
    private readonly List<(string Id, IReadOnlyList<(string Organ, long Voxels)> Masks)> _pseudo = [];
    private bool _whole;

    private RelabelledDataset(string folder, OrganSet organs, bool made) => (_folder, _organs, _made) = (folder, organs, made);

    /// <summary>Refuses a folder that holds anything.</summary>
    /// <exception cref="ConfigException">It does, or is a file.</exception>
    public static void Refuse(string folder)
    {
        if (File.Exists(folder))
            throw new ConfigException($"--as-dataset {folder}: is a file. Name a folder.");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new ConfigException($"--as-dataset {folder}: exists and is not empty"
                + (File.Exists(Path.Combine(folder, DatasetJson.FileName)) ? "" : $" (without {DatasetJson.FileName}: of a command that "
                + "was killed, perhaps)") + ". Remove it or name another folder.");
    }

    /// <summary>Begins in a folder that is empty or absent.</summary>
    /// <param name="folder">The data set's.</param>
    /// <param name="organs">Organ k becomes the integer k + 1, the ignore label follows the last.</param>
    /// <param name="cases">All that will be written.</param>
    /// <exception cref="ConfigException">As of <see cref="Refuse"/>.</exception>
    /// <exception cref="DataException">It cannot be made, or a case's image would have the name of another's label map.</exception>
    public static RelabelledDataset Begin(string folder, OrganSet organs, IEnumerable<Case> cases)
    {
        Refuse(folder);
        var ids = cases.Select(each => each.Id).ToHashSet(StringComparer.Ordinal);
        if (ids.FirstOrDefault(id => ids.Contains(id + Channel)) is { } twice)
            throw new DataException($"{folder}: there are cases {twice} and {twice}{Channel}: the image of the one would have the name of "
                + "the other's label map. Rename one.");
        bool made = !Directory.Exists(folder);
        foreach (string part in _parts)
            LabelFiles.MakeFolder(Path.Combine(folder, part));
        return new RelabelledDataset(folder, organs, made);
    }

    /// <summary>Writes a case under its id.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="data">
    /// As it was trained on: its grid, and its annotation. Where the grid is the image's own, the image is copied, else it is written.
    /// </param>
    /// <param name="pseudo">Its pseudo labels; null where no round has looked at the case.</param>
    /// <exception cref="DataException">A file cannot be read or written.</exception>
    public void Add(Case source, CaseData data, VoxelBits? pseudo)
    {
        NiftiSource? own = NiftiReader.ReadHeader(source.ImagePath);
        if (PlaneGrid.Between(data.Geometry, own.Geometry) is not null)
            own = null;
        WriteImage(In("imagesTr", source.Id + Channel + ".nii.gz"), source.ImagePath, data.Image, copy: own is not null);
        byte[] visible = data.VisibleLabels().ToArray();
        OrganBits missing = _organs.All & ~data.Annotated;
        if (missing.IsEmpty)
        {
            WriteMap("labelsTr", visible);
        }
        else
        {
            WriteMap(PseudoIndex.AnnotatedFolder, visible);
            WriteMap("labelsTr", PseudoLabels.Merge(visible, pseudo ?? new VoxelBits(_organs.Count, visible.Length)));
            _pseudo.Add((source.Id, pseudo is null ? [] : [.. WriteMasks(missing, pseudo)]));
        }

        _cases.Add(source with { Annotated = data.Annotated, NameInFolder = source.Id });

        void WriteMap(string part, byte[] labels)
        {
            byte[] values = Array.ConvertAll(labels, label => label == Labels.Ignore ? Ignore : label);
            NiftiWriter.Write(In(part, source.Id + ".nii.gz"), new LabelMap(data.Geometry, values), own);
        }

        IEnumerable<(string, long)> WriteMasks(OrganBits missing, VoxelBits words)
        {
            LabelFiles.MakeFolder(In(PseudoIndex.MaskFolder, source.Id));
            foreach (string organ in _organs.NamesOf(missing))
            {
                int k = _organs.IndexOf(organ);
                byte[] mask = words.MaskOf(k);
                NiftiWriter.Write(PseudoIndex.MaskFile(_folder, source.Id, Labels.Of(k)), new LabelMap(data.Geometry, mask), own);
                yield return (organ, mask.LongCount(inside => inside != 0));
            }
        }
    }

    /// <summary>Writes what stands beside the cases: the data set is whole.</summary>
    /// <param name="ledger">Where each label comes from.</param>
    /// <param name="splits">Which cases train and which are held out, where that is given; cases that are not there are left out.</param>
    /// <exception cref="DataException">A file cannot be written.</exception>
    public void Complete(LabelLedger ledger, IReadOnlyList<Split> splits)
    {
        var ids = _cases.Select(each => each.Id).ToHashSet(StringComparer.Ordinal);
        AnnotationFile.Write(In(AnnotationFile.FileName), _organs, _cases);
        ledger.Of(ids).Write(In(LabelLedger.FileName));
        (string, string)[] groups = [.. _cases.Where(each => each.Group is not null).Select(each => (each.Id, each.Group!))];
        if (groups.Length > 0)
            GroupFile.Write(_folder, groups);
        if (splits.Count > 0)
            Splits.Write(In(Splits.FileName), splits.Select(split =>
                new Split([.. split.Train.Where(ids.Contains)], [.. split.Validation.Where(ids.Contains)])));
        IndentedJson.Write(In(DatasetJson.FileName), WriteIndex);
        _whole = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_whole)
            return;
        try
        {
            foreach (string file in _files)
                File.Delete(In(file));
            foreach (string part in _parts.Select(part => In(part)).Where(Directory.Exists))
                Directory.Delete(part, recursive: true);
            if (_made)
                Directory.Delete(_folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left has no dataset.json; what led here is worth more than this.
        }
    }

    private byte Ignore => (byte)(_organs.Count + 1);

    private void WriteIndex(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("channel_names");
        json.WriteString("0", "CT");
        json.WriteEndObject();
        json.WriteStartObject("labels");
        json.WriteNumber("background", 0);
        for (int k = 0; k < _organs.Count; k++)
            json.WriteNumber(_organs.Names[k], k + 1);
        json.WriteNumber("ignore", Ignore);
        json.WriteEndObject();
        json.WriteNumber("numTraining", _cases.Count);
        json.WriteString("file_ending", ".nii.gz");
        PseudoIndex.Write(json, _pseudo);
        json.WriteEndObject();
    }

    /// <summary>The file's own bytes where they hold what is trained on, packed where they were not.</summary>
    private static void WriteImage(string path, string source, CaseImage image, bool copy)
    {
        if (copy && source.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase))
        {
            AtomicFile.Copy(source, path);
        }
        else if (copy && source.EndsWith(".nii", StringComparison.OrdinalIgnoreCase))
        {
            AtomicFile.Write(path, stream =>
            {
                using FileStream plain = File.OpenRead(source);
                using var packed = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
                plain.CopyTo(packed);
            });
        }
        else
        {
            NiftiWriter.Write(path, image.ToVolume());
        }
    }

    private string In(params ReadOnlySpan<string> parts) => Path.Combine([_folder, .. parts]);
}
