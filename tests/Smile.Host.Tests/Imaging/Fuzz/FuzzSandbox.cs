using System.Diagnostics;
using System.IO.Compression;
using Smile.Host.Cli;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Import;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Host.Tests.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Fuzz;

/// <summary>
/// Reads damaged files and judges what the reader does. It succeeds, or throws a <see cref="SmileException"/> that names the file; it
/// takes two seconds at most, and no more memory than four times what the file holds and believably declares; what it accepts it can
/// write, and read again; and it writes nothing outside the output folder.
/// </summary>
internal sealed class FuzzSandbox : IDisposable
{
    /// <summary>Buffers of a fixed size (streams, gzip, windows of files), and for an import those of the files it writes.</summary>
    private const long FixedBytes = 1 << 20, FixedImportBytes = 4 << 20;

    private static readonly TimeSpan _most = TimeSpan.FromSeconds(2);

    private readonly string _root, _input, _output, _outside;
    private readonly CtStack _stack;
    private readonly byte[] _segmentation;

    /// <param name="folder">An empty folder of its own.</param>
    public FuzzSandbox(string folder)
    {
        // Deep enough that a name with "../.." in it stays within sight.
        (_root, _input, _output, _outside) = (folder, Path.Combine(folder, "a", "b", "in"), Path.Combine(folder, "a", "b", "out"),
            Path.Combine(folder, "stack"));
        Directory.CreateDirectory(_outside);
        for (int n = 0; n < 3; n++)
            File.WriteAllBytes(Path.Combine(_outside, $"{n}.ct"), Slice(n).File());
        _stack = DicomVolumeReader.CtSeries(_outside).ReadStack();
        _segmentation = Sound().Segmentation;
    }

    /// <summary>A SEG and an RTSTRUCT on the first and the last slice of the sound series, as we write them.</summary>
    public (byte[] Segmentation, byte[] StructureSet) Sound()
    {
        byte[] labels = [.. Enumerable.Range(0, (int)_stack.Geometry.Voxels)
            .Select(i => (byte)(i is >= 10 and < 14 ? 1 : i is >= 90 and < 93 ? 2 : 0))];
        SegmentToWrite[] organs = [new("liver", (1, 2, 3)), new("spleen", (4, 5, 6))];
        (string seg, string contours) = (Path.Combine(_outside, "seg.dcm"), Path.Combine(_outside, "rt.dcm"));
        DicomSegmentationWriter.Write(seg, _stack, labels, organs);
        DicomStructureSetWriter.Write(contours, _stack, labels, organs);
        return (File.ReadAllBytes(seg), File.ReadAllBytes(contours));
    }

    /// <summary>Slice <paramref name="n"/> of the sound series: 7 x 5 pixels, at 10, 15 and 20 mm.</summary>
    public static CtImage Slice(int n) => new()
    {
        Rows = SegmentationFile.Rows,
        Columns = SegmentationFile.Columns,
        Identified = true,
        Position = [-10, -20, 10 + 5 * n],
    };

    /// <summary>A sound NIfTI file of 5 x 4 x 3 voxels: labels 0 .. 2, which are an image as well.</summary>
    public static NiftiBytes Nifti(int version = 1, int datatype = 4) =>
        new() { Version = version, Datatype = datatype, Sizes = [5, 4, 3] };

    /// <summary>The voxels of <see cref="Nifti"/>.</summary>
    public static double[] NiftiVoxels => [.. Enumerable.Range(0, 60).Select(i => (double)(i % 3))];

    /// <summary>Reads an input; true where it was accepted.</summary>
    /// <exception cref="FuzzFault">A rule was broken.</exception>
    public bool Run(FuzzInput input)
    {
        Clear(_input);
        Clear(_output);
        try
        {
            return input.Kind switch
            {
                FuzzKind.Slice => Image(Put("1.ct", input.Bytes)),
                FuzzKind.Segmentation => Regions(Put("seg", input.Bytes), file => new DicomSegmentation(file)),
                FuzzKind.StructureSet => Regions(Put("rtstruct", input.Bytes), file => new DicomStructureSet(file)),
                FuzzKind.Nifti => Volume(Put("a.nii", input.Bytes), input.Bytes),
                FuzzKind.NiftiHeader => Pair(input.Bytes),
                _ => Import(input),
            };
        }
        finally
        {
            CheckOutside();
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private bool Image(string path)
    {
        IDicomFile? file = Open(path);
        if (file is null)
            return false;
        long declared = Declared(file);
        CtStack? stack = null;
        bool alone = Judge("slice", declared, () =>
        {
            stack = new DicomSeries("", _input, [file]).ReadStack(null, new SeriesRemedies(true, true));
            DicomSeries.Read(stack);
        });
        for (int n = 0; n < 3; n += 2)
            Put($"{n}.ct", Slice(n).File());
        bool among = Judge("series", declared + 3 * new FileInfo(path).Length, () =>
        {
            CtStack three = DicomVolumeReader.CtSeries(_input).ReadStack(null, new SeriesRemedies(true, true));
            DicomSeries.Read(three);
            RegularGrid.Of(three)?.Image();
        });
        if (alone)
            Write(stack!, declared);
        return alone || among;
    }

    /// <summary>What can be read can be segmented: the SEG and RTSTRUCT of it are written and open again, or refused.</summary>
    private void Write(CtStack stack, long declared)
    {
        byte[] labels = [.. Enumerable.Range(0, (int)stack.Geometry.Voxels).Select(i => (byte)(3L * i / stack.Geometry.Voxels))];
        SegmentToWrite[] organs = [new("liver", (1, 2, 3)), new("spleen", (4, 5, 6))];
        (string seg, string contours) = (Path.Combine(_output, "seg.dcm"), Path.Combine(_output, "rt.dcm"));
        if (Judge("writing a SEG", declared, () => DicomSegmentationWriter.Write(seg, stack, labels, organs), named: false))
            Reads("the SEG that was written",
                () => new DicomSegmentation(DicomFile.Open(seg)).ReadMask(new DicomRegion(1, "", ""), stack, []));
        if (Judge("writing an RTSTRUCT", declared, () => DicomStructureSetWriter.Write(contours, stack, labels, organs), named: false))
            Reads("the RTSTRUCT that was written", () => _ = new DicomStructureSet(DicomFile.Open(contours)));
    }

    private bool Regions(string path, Func<IDicomFile, IDicomRegions> of)
    {
        IDicomFile? file = Open(path);
        if (file is null)
            return false;
        IDicomRegions? regions = null;
        long declared = Declared(file);
        return Judge("header", declared, () => regions = of(file))
            & Judge("masks", declared + (regions?.Regions.Count ?? 0) * _stack.Geometry.Voxels, () =>
            {
                foreach (DicomRegion region in regions?.Regions ?? [])
                    regions!.ReadMask(region, _stack, []);
            });
    }

    private bool Volume(string path, byte[] bytes)
    {
        long size = Unpacked(bytes);
        NiftiSource? source = null;
        bool read = Judge("image", size, () => source = NiftiReader.ReadVolume(path).Source);
        read |= Judge("label map", size, () => NiftiReader.ReadLabels(path));
        if (read && source is not null)
        {
            string written = Path.Combine(_output, "labels.nii");
            Reads("the label map that was written", () =>
            {
                NiftiWriter.Write(written, new LabelMap(source.Geometry, new byte[source.Geometry.Voxels]), source);
                if (!NiftiReader.ReadHeader(written).Geometry.Affine.SequenceEqual(source.Geometry.Affine))
                    throw new FuzzFault("the label map lies elsewhere than its image");
            });
        }

        return read;
    }

    private bool Pair(byte[] header)
    {
        string path = Put("a.hdr", header);
        byte[] voxels = Nifti().Voxels(NiftiVoxels);
        Put("a.img", voxels);
        return Judge("pair", Unpacked(header) + voxels.Length, () => NiftiReader.ReadVolume(path));
    }

    private bool Import(FuzzInput input)
    {
        Directory.Delete(_output);
        if (input.Kind == FuzzKind.ImportedDicom)
        {
            Put("1.dcm", input.Bytes);
            for (int n = 0; n < 3; n += 2)
                Put($"{n}.ct", Slice(n).File());
            if (input.Bytes.AsSpan().IndexOf("SEG"u8) < 0 && input.Bytes.AsSpan().IndexOf("RTSTRUCT"u8) < 0)
                Put("seg", _segmentation);
        }
        else
        {
            byte[] sound = Nifti().Single(NiftiVoxels);
            Put("a.nii", input.Kind == FuzzKind.ImportedImage ? input.Bytes : sound);
            Put("a_seg.nii", input.Kind == FuzzKind.ImportedLabels ? input.Bytes : sound);
        }

        long size = Unpacked(input.Bytes);
        IReadOnlyList<SourceCase> cases = [];
        List<string> damaged = [];
        if (!Judge("import: looking", size, () => cases = ImportSources.Find([_input], new(true, true), null, damaged, _ => { })))
            return false;
        SourceRegion[] regions = [.. cases.SelectMany(source => source.Regions).Distinct()];
        RegionMapping? mapping = null;
        if (!Judge("import: mapping", size,
            () =>
                mapping =
                    new RegionMapping([.. regions.Select(region => (region, OrganCodes.Find(region.Name, region.Code) ?? region.Name))
                        .ToArray()]), named: false))
            return false;
        (double, double, double)? spacing = input.Bytes.Sum(b => b) % 2 == 0 ? (3, 1.5, 1.5) : null;
        bool done = false;
        Judge("import", size, FixedImportBytes, () =>
        {
            (IReadOnlyList<ImportRecord> records, IReadOnlyList<string> failures) = new Importer(_output, cases, mapping!,
                new ImportOptions(spacing)).Run(1, new Silent(), CancellationToken.None);
            done = records.Count > 0;
            if (failures.FirstOrDefault(failure => !failure.Contains(_root, StringComparison.Ordinal)) is { } unnamed)
                throw new FuzzFault($"an error that names no file: {unnamed}");
            // An import lists what it did not expect with the case or file, and goes on.
            if (failures.Concat(damaged)
                .FirstOrDefault(failure => failure.Contains("unexpected failure", StringComparison.Ordinal)) is { } bug)
                throw new FuzzFault(bug);
        }, named: false);
        if (done)
        {
            Reads("the data set that was written", () =>
            {
                Dataset dataset = Dataset.Open([_output], new NiftiVolumeReader());
                foreach (Case one in dataset.Training)
                    dataset.Load(one);
            });
        }

        return done;
    }

    private IDicomFile? Open(string path)
    {
        IDicomFile? file = null;
        // A deflated file is inflated to be opened; this one has been, where it opens.
        Judge("header", Math.Max(new FileInfo(path).Length, 0), () =>
        {
            DicomFile.IsDicom(path);
            file = DicomFile.TryOpen(path);
        });
        return file;
    }

    /// <summary>Bytes of the file, and two for each pixel that it declares and has room for.</summary>
    private static long Declared(IDicomFile file)
    {
        long length = new FileInfo(file.Path).Length;
        try
        {
            PixelFormat format = file.ReadFormat();
            return length + 2L * format.Pixels * format.Frames;
        }
        catch (DataException)
        {
            return length;
        }
    }

    /// <summary>Bytes after unpacking, where it is gzip.</summary>
    private static long Unpacked(byte[] bytes)
    {
        if (bytes is not [0x1F, 0x8B, ..])
            return bytes.Length;
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            var buffer = new byte[1 << 12];
            long all = 0;
            for (int read; (read = gzip.Read(buffer)) > 0;)
                all += read;
            return all + bytes.Length;
        }
        catch (InvalidDataException)
        {
            return bytes.Length;
        }
    }

    private bool Judge(string what, long size, Action read, bool named = true) => Judge(what, size, FixedBytes, read, named);

    private bool Judge(string what, long size, long fixedBytes, Action read, bool named)
    {
        (bool done, TimeSpan time) = Once();
        // On a busy machine a thread may sleep long: only twice is a hang.
        if (time > _most && Once().Time > _most)
            throw new FuzzFault($"{what}: took {time.TotalSeconds:F1} s");
        return done;

        (bool Done, TimeSpan Time) Once()
        {
            bool good = false;
            var watch = Stopwatch.StartNew();
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read();
                good = true;
            }
            catch (SmileException e)
            {
                if (named && !e.Message.Contains(_root, StringComparison.Ordinal))
                    throw new FuzzFault($"{what}: an error that names no file: {e.Message}", e);
            }
            catch (FuzzFault)
            {
                throw;
            }
            catch (Exception e)
            {
                throw new FuzzFault($"{what}: {e}", e);
            }

            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            return taken <= 4 * size + fixedBytes ? (good, watch.Elapsed)
                : throw new FuzzFault($"{what}: {taken} bytes of memory were taken, for {size} that the file holds and declares");
        }
    }

    /// <summary>Something that we wrote ourselves: no exception is right.</summary>
    private static void Reads(string what, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is not FuzzFault)
        {
            throw new FuzzFault($"{what} cannot be read: {e}", e);
        }
    }

    private string Put(string name, byte[] bytes)
    {
        string path = Path.Combine(_input, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static void Clear(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
    }

    /// <summary>The folder holds what was put there, and the output.</summary>
    private void CheckOutside()
    {
        foreach (string path in Directory.EnumerateFileSystemEntries(_root, "*", SearchOption.AllDirectories))
        {
            bool ours = path.StartsWith(_output, StringComparison.Ordinal) || path == Path.Combine(_root, "a")
                || path == Path.Combine(_root, "a", "b")
                || path.StartsWith(_outside, StringComparison.Ordinal) || path == _input || Path.GetDirectoryName(path) == _input;
            if (!ours)
                throw new FuzzFault($"{path} was written, outside the output folder");
        }
    }

    private sealed class Silent : IWork
    {
        public void Report(long done, string note = "")
        {
        }

        public void Message(string line)
        {
        }
    }
}
