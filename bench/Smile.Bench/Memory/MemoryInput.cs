using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Smile.Bench.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;

namespace Smile.Bench.Memory;

/// <summary>A volume of 512 x 512 voxels a plane, as a file or a folder.</summary>
/// <param name="Name">What it is.</param>
/// <param name="IsSeries">True for DICOM, of which SEG and RTSTRUCT can be written.</param>
/// <param name="Arguments">Which <c>smile predict</c> needs to take it.</param>
/// <param name="Write">Writes it, so many planes, into a folder; returns its path.</param>
internal sealed record MemoryInput(string Name, bool IsSeries, string[] Arguments, Func<TiledPhantom, string, int, string> Write)
{
    /// <summary>mm from pixel to pixel, and from plane to plane.</summary>
    private const double Spacing = 0.8, Step = 1;

    private static readonly double[] _spacing = [Spacing, Spacing, Step];

    /// <summary>How far a slice of the tilted series lies beside the one before, in mm: a gantry at 10 degrees.</summary>
    private static readonly double _tilt = Step * Math.Tan(10 * Math.PI / 180);

    private static readonly FileAxis[] _axial = [new(0, true), new(1, true), new(2, false)],
        _coronal = [new(0, true), new(2, true), new(1, true)],
        _sagittal = [new(1, false), new(2, false), new(0, false)];

    /// <summary>Every way in which a volume comes to <c>predict</c>, those that it cannot read slab by slab among them.</summary>
    public static IReadOnlyList<MemoryInput> All { get; } =
    [
        Nifti("nii, axial", _axial, ".nii"),
        Nifti("nii.gz, axial", _axial, ".nii.gz"),
        Nifti("nii, coronal planes", _coronal, ".nii"),
        Nifti("nii.gz, sagittal planes", _sagittal, ".nii.gz"),
        Series("DICOM, axial", _axial, [1, 0, 0, 0, 1, 0]),
        new("DICOM, Enhanced", true, [], (phantom, folder, planes) =>
        {
            string path = Path.Combine(folder, "enhanced.dcm");
            CtFile.WriteEnhanced(path, new CtPlane([1, 0, 0, 0, 1, 0], Spacing),
                [.. Enumerable.Range(0, planes).Select(k => new[] { 0, 0, k * Step })],
                k => phantom.Plane(_axial, _spacing, k, planes, 1024));
            return path;
        }),
        Series("DICOM, coronal slices", _coronal, [1, 0, 0, 0, 0, -1]),
        Series("DICOM, each tenth slice missing", _axial, [1, 0, 0, 0, 1, 0],
            left: k => k % 10 != 5) with { Arguments = ["--accept-gaps"] },
        Series("DICOM, gantry tilted by 10 degrees", _axial, [1, 0, 0, 0, 1, 0], tilt: _tilt) with { Arguments = ["--resample"] },
    ];

    private static MemoryInput Series(string name, FileAxis[] axes, double[] orientation, Func<int, bool>? left = null, double tilt = 0) =>
        new(name, true, [], (phantom, folder, planes) =>
    {
        Parallel.For(0, planes, k =>
        {
            if (left?.Invoke(k) == false)
                return;
            // Slices go up (z), or to the back (y).
            double[] position = axes[2].Axis == 2 ? [0, k * tilt, k * Step] : [0, k * Step, 0];
            CtFile.Write(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{k:D4}.dcm")), k + 1,
                new CtPlane(orientation, Spacing), position, phantom.Plane(axes, _spacing, k, planes, 1024));
        });
        return folder;
    });

    private static MemoryInput Nifti(string name, FileAxis[] axes, string ending) => new(name, false, [], (phantom, folder, planes) =>
    {
        var affine = new double[12];
        for (int c = 0; c < 3; c++)
            affine[4 * axes[c].Axis + c] = (axes[c].Flip ? -1 : 1) * (c == 2 ? Step : Spacing);
        NiftiHeader header = NiftiHeader.Create(new Geometry(planes, CtFile.Size, CtFile.Size, affine), NiftiDatatype.Int16);
        string path = Path.Combine(folder, "ct" + ending);
        using FileStream file = File.Create(path);
        using Stream to = ending == ".nii" ? file : new GZipStream(file, CompressionLevel.Fastest);
        to.Write(header.Bytes);
        to.Write([0, 0, 0, 0]);
        for (int k = 0; k < planes; k++)
            to.Write(MemoryMarshal.AsBytes<short>(phantom.Plane(axes, _spacing, k, planes, 0)));
        return path;
    });
}
