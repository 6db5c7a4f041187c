using System.Buffers;
using System.Numerics;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Dicom;

/// <summary>The files of one series: one Series Instance UID, modality, patient, study and frame of reference.</summary>
/// <param name="Uid">Series Instance UID.</param>
/// <param name="Folder">Where it was looked for.</param>
/// <param name="Files">Its files, by path; the order says nothing of their place in the patient.</param>
internal sealed record DicomSeries(string Uid, string Folder, IReadOnlyList<IDicomFile> Files)
{
    private const string Directory = "1.2.840.10008.1.3.10";

    private NoSlices?[] _none = [.. Files.Select(CtContent.WhyNone)];

    /// <summary>How the command line names it: its UID, with a number behind it where several series have that, or none.</summary>
    public string Id { get; init; } = Uid;

    /// <summary>What is odd in how its files belong together; a line each, without a name or UID.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Why nothing can be made of it: files that cannot be of one series, and cannot be told apart; null where they can.</summary>
    public string? Fault { get; init; }

    public string Modality => CtContent.ModalityOf(Files[0].Dataset);

    /// <summary>Free text of the scanner.</summary>
    public string Description => Files[0].Dataset.Text(DicomTags.SeriesDescription);

    /// <summary>True where a volume can be made of it: CT, and more than localisers, pictures of the console, maps and masks.</summary>
    public bool IsCtVolume => WhyNoVolume is null;

    /// <summary>What it is where no volume can be made of it, in a word or two; null where one can.</summary>
    public string? WhyNoVolume => _none.Contains(null) ? null : string.Join(", ", _none.Select(none => none!.Kind).Distinct());

    /// <summary>True where a file is one of its own.</summary>
    public bool Holds(string path) => Files.Any(file => System.IO.Path.GetFullPath(file.Path) == System.IO.Path.GetFullPath(path));

    /// <summary>The same, its secondary captures taken for CT images because their source says so.</summary>
    public DicomSeries WithSecondaryCaptures() =>
        this with
        {
            _none = [.. _none.Select(none => none is { Tag: var tag, IsExtra: false } && tag == DicomTags.SOPClassUID ? null
            : none)]
        };

    /// <summary>A warning of the series, without the path of the file that it begins with, and without its folder.</summary>
    public string WithoutPath(string warning)
    {
        IDicomFile? named = Files.FirstOrDefault(file => warning.StartsWith(file.Path + ": ", StringComparison.Ordinal));
        return named is null ? warning.Replace(System.IO.Path.GetDirectoryName(Files[0].Path)!, "", StringComparison.Ordinal)
            : warning[(named.Path.Length + 2)..];
    }

    /// <summary>How messages name it.</summary>
    public string Name => $"{Folder}, series {(Id.Length == 0 ? "without a UID" : Id)}";

    /// <summary>
    /// Every series below a folder, in the order of their UIDs. Files that do not start as DICOM are passed over, DICOMDIR too.
    /// </summary>
    /// <param name="folder">Where to look.</param>
    /// <param name="note">Hears what is odd in the folder.</param>
    /// <exception cref="DataException">A DICOM file is damaged, or the folder cannot be read.</exception>
    public static IReadOnlyList<DicomSeries> Find(string folder, Action<string>? note = null) => Find([folder], null, null, note);

    /// <summary>As above, below several folders as if they were one; a file that lies below two of them counts once.</summary>
    /// <param name="folders">Where to look.</param>
    /// <param name="damaged">Takes the files that cannot be read, which are left out; null where one is to end it all.</param>
    /// <param name="foreign">Takes the files that do not start as DICOM; null where they do not matter.</param>
    /// <param name="note">Hears what is odd in the folders.</param>
    /// <exception cref="DataException">A DICOM file is damaged, or a folder cannot be read.</exception>
    public static IReadOnlyList<DicomSeries> Find(IReadOnlyList<string> folders, List<string>? damaged, List<string>? foreign,
        Action<string>? note = null)
    {
        IReadOnlyList<(string Folder, string Path)> found = FolderFiles.Below(folders, note);
        string[] paths = [.. found.Select(each => each.Path)];
        var files = new IDicomFile?[paths.Length];
        string?[] faults = new string?[paths.Length];
        Each(paths.Length, i => paths[i], i =>
        {
            try
            {
                files[i] = DicomFile.TryOpen(paths[i]);
            }
            catch (Exception e) when (damaged is not null)
            {
                faults[i] = Named(paths[i], e).Message;
            }
        });
        damaged?.AddRange(faults.OfType<string>());
        foreign?.AddRange(paths.Where((_, i) => files[i] is null && faults[i] is null));
        Dictionary<string, string> folderOf = found.ToDictionary(each => each.Path, each => each.Folder, StringComparer.Ordinal);
        return SeriesGrouping.Group(
            files.OfType<IDicomFile>().Where(file => file.Dataset.Text(DicomTags.SOPClassUID) != Directory && !IsDirectory(file)), file =>
                folderOf[file.Path]);
    }

    /// <summary>Where the slices of a CT series lie; the pixels stay on disk.</summary>
    /// <param name="warn">Hears what is odd and did no harm.</param>
    /// <param name="remedies">Which faults are accepted.</param>
    /// <exception cref="DataException">The slices make no regular CT volume; they are named.</exception>
    public CtStack ReadStack(Action<string>? warn = null, SeriesRemedies remedies = default)
    {
        if (Fault is not null)
            throw new DataException($"{Name}: {Fault}");
        List<string> warnings = [.. Notes.Select(note => $"{Files[0].Path}: {note}")];
        (IDicomFile File, NoSlices? None)[] files = WithoutExtras(warnings);
        var slices = new IReadOnlyList<CtSlice>[files.Length];
        var odd = new List<string>[files.Length];
        Each(files.Length, i => files[i].File.Path, i => slices[i] = CtSlice.Of(files[i].File, files[i].None,
            odd[i] = [.. files[i].File.Warnings]));
        warnings.AddRange(odd.SelectMany(file => file));
        CtStack stack = CtStack.Build(Name, Folder, slices.SelectMany(file => file), warnings, remedies);
        Report(warnings, warn);
        return stack;
    }

    /// <summary>
    /// The files less the scouts and pictures that a scanner puts beside the slices, each with why it holds none; all where there is
    /// nothing else.
    /// </summary>
    private (IDicomFile File, NoSlices? None)[] WithoutExtras(List<string> warnings)
    {
        (IDicomFile File, NoSlices? None)[] all = [.. Files.Zip(_none)],
            slices = [.. all.Where(file => file.None is not { IsExtra: true })];
        if (slices.Length == 0 || slices.Length == all.Length)
            return all;
        foreach (var kind in all.Select(file => file.None).OfType<NoSlices>().Where(none => none.IsExtra).GroupBy(none => none.Kind))
            warnings.Add($"{slices[0].File.Path}: {Words.Count(kind.Count(), "file of the series is", "files of the series are")} no "
                + $"slice of it and left out: {kind.Key}.");
        return slices;
    }

    /// <summary>Reads a CT series in HU, in the orientation closest to RAS+; slices are decoded in parallel.</summary>
    /// <exception cref="DataException">As for <see cref="ReadStack"/>, and where pixels are damaged or their codec is missing.</exception>
    public Volume ReadVolume(Action<string>? warn = null) => Read(ReadStack(warn));

    /// <summary>The pixels of a stack; orientation and errors as for <see cref="ReadVolume"/>.</summary>
    public static Volume Read(CtStack stack)
    {
        AxisWalk walk = stack.Walk;
        float[] voxels = VoxelMemory.Uninitialized<float>(stack.Geometry.Voxels);
        Each(stack.Slices.Count, k => stack.Slices[k].File.Path, k => ReadSlice(stack.Slices[k], k, walk, voxels, 0));
        return new Volume(stack.Geometry, voxels);
    }

    /// <summary>Opens a stack to be read slice by slice; null where its slices are not axial.</summary>
    public static ISlabReader? OpenSlabs(CtStack stack) => stack.Walk.IsAxial(stack.Geometry) ? new Slabs(stack) : null;

    /// <summary>One slice by itself, in HU, row by row as it is stored.</summary>
    /// <exception cref="DataException">Pixels are damaged or their codec is missing.</exception>
    public static void ReadSlice(CtSlice slice, float[] hounsfield) =>
        ReadSlice(slice, 0, new AxisWalk(0, (slice.Format.Columns, slice.Format.Rows, 1), (1, slice.Format.Columns, 0)), hounsfield, 0);

    /// <param name="slice">What is read.</param>
    /// <param name="k">Its place in the stack.</param>
    /// <param name="walk">The stack's.</param>
    /// <param name="voxels">A part of the volume that holds it.</param>
    /// <param name="start">The voxel with which the part starts.</param>
    private static void ReadSlice(CtSlice slice, int k, AxisWalk walk, Span<float> voxels, int start)
    {
        PixelFormat format = slice.Format;
        // The pool has powers of two: of a large odd size nearly twice what is wanted, and the header may claim it falsely.
        bool pooled = format.Pixels <= 1 << 18 || BitOperations.IsPow2(format.Pixels);
        int[] stored = pooled ? ArrayPool<int>.Shared.Rent(format.Pixels) : GC.AllocateUninitializedArray<int>(format.Pixels);
        float[] line = ArrayPool<float>.Shared.Rent(format.Columns);
        try
        {
            slice.File.ReadFrame(format, slice.Frame, stored);
            for (int j = 0; j < format.Rows; j++)
            {
                // A row along x goes straight to its place, and is turned round there where x runs the other way.
                int at = walk.First(k * format.Rows + j) - start;
                Span<float> row = walk.Step.I switch
                {
                    1 => voxels.Slice(at, format.Columns),
                    -1 => voxels.Slice(at - format.Columns + 1, format.Columns),
                    _ => line.AsSpan(0, format.Columns),
                };
                slice.ToHounsfield(stored.AsSpan(j * format.Columns, format.Columns), row);
                if (walk.Step.I == -1)
                    row.Reverse();
                else if (walk.Step.I != 1)
                    walk.Scatter(k * format.Rows + j, row, voxels, start);
            }
        }
        finally
        {
            if (pooled)
                ArrayPool<int>.Shared.Return(stored);
            ArrayPool<float>.Shared.Return(line);
        }
    }

    /// <summary>
    /// Runs <paramref name="body"/> for 0 .. count-1 on the machine's cores. Of several failures the first in order is thrown,
    /// whichever came first in time, and says by <paramref name="name"/> where it was.
    /// </summary>
    public static void Each(int count, Func<int, string> name, Action<int> body)
    {
        var failures = new Exception?[count];
        Parallel.For(0, count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, TaskScheduler = TaskScheduler.Current }, i =>
        {
            try
            {
                body(i);
            }
            catch (Exception e)
            {
                failures[i] = Named(name(i), e);
            }
        });
        if (Array.Find(failures, failure => failure is not null) is { } first)
            throw first;
    }

    /// <summary>A failure as it is thrown where many files are read: it says which one it was, and is of the kind that it was.</summary>
    private static Exception Named(string path, Exception e) => e switch
    {
        DataException => new DataException(e.Message, e), // names the file
        IOException or UnauthorizedAccessException => new DataException($"{path}: cannot be read: {e.Message}", e),
        OutOfMemoryException => new InsufficientMemoryException($"{path}: not enough memory: {e.Message}", e),
        _ => new InvalidOperationException($"{path}: unexpected failure: {e.Message} ({e.GetType().Name})", e),
    };

    private static bool IsDirectory(IDicomFile file) =>
        System.IO.Path.GetFileName(file.Path).StartsWith("DICOMDIR", StringComparison.OrdinalIgnoreCase);

    /// <summary>One warning of a kind and how many files share it: a series would repeat it hundreds of times.</summary>
    private static void Report(List<string> warnings, Action<string>? warn)
    {
        foreach (var kind in warnings.GroupBy(warning => warning[(warning.IndexOf(": ", StringComparison.Ordinal) + 2)..]))
            warn?.Invoke(kind.First() + (kind.Count() > 1 ? $" (and {Words.Count(kind.Count() - 1, "more file", "more files")} "
                + "alike)" : ""));
    }

    /// <summary>From the feet up, whichever way the series runs: each slice is a file, or a frame, of its own.</summary>
    private sealed class Slabs(CtStack stack) : ISlabReader
    {
        private readonly AxisWalk _walk = stack.Walk;

        public Geometry Geometry => stack.Geometry;

        public int SliceAt(int n) => n;

        public void Read(int n, int count, float[] slab)
        {
            int pixels = Geometry.Height * Geometry.Width;
            Each(count, i => stack.Slices[_walk.SliceOf(n + i)].File.Path, i =>
            {
                int k = _walk.SliceOf(n + i);
                ReadSlice(stack.Slices[k], k, _walk, slab.AsSpan(i * pixels, pixels), (n + i) * pixels);
            });
        }

        public void Dispose()
        {
        }
    }
}
