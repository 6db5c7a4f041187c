using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Phantom;

/// <summary>
/// Synthetic abdominal CT: schematic anatomy that varies from case to case, in HU, with partial volume, blur and correlated
/// noise, and its exact label map. It is made to exercise the method; it is no simulator of patients or scanners.
/// </summary>
internal static class PhantomCase
{
    // The reference patient of Patient, 320 mm wide, fills 80 % of this; the slices cover the second number.
    private const double FieldOfView = 400, Coverage = 176;

    /// <summary>Organ names in label order: label k + 1 is Organs[k].</summary>
    public static IReadOnlyList<string> Organs { get; } = ["liver", "pancreas", "stomach"];

    /// <summary>
    /// Draws one case: whole HU from -1024 to 3071 and labels 0 background, 1 liver, 2 pancreas, 3 stomach (wall, contents
    /// and gas), both (z, y, x) with x to the patient's right, y anterior, z superior. The same options and index give the
    /// same bits, whatever else is drawn before, after or beside it.
    /// </summary>
    /// <exception cref="ConfigException">An option is out of range.</exception>
    public static (Volume Image, LabelMap Labels) Generate(PhantomOptions options, int caseIndex)
    {
        options.Validate();
        ArgumentOutOfRangeException.ThrowIfNegative(caseIndex);
        Rng rng = new(options.Seed, (ulong)caseIndex);
        double inPlane = FieldOfView / Math.Min(options.Height, options.Width), slice = Coverage / options.Depth;
        // Patients differ in size; the field of view follows, as a scanner's does.
        double scale = rng.Uniform(0.88, 1.12);
        Geometry geometry = Centred(options, slice * scale, inPlane * scale);
        Scanner scanner = new(options, new Patient(rng), (float)inPlane, (float)slice, rng);
        Volume image = new(geometry, new float[geometry.Voxels]);
        LabelMap labels = new(geometry, new byte[geometry.Voxels]);
        for (int z = 0; z < options.Depth; z++)
            scanner.Scan(z, image.Slice(z), labels.Slice(z));
        return (image, labels);
    }

    private static Geometry Centred(PhantomOptions options, double dz, double d) => new(options.Depth, options.Height, options.Width,
        [d, 0, 0, -d * (options.Width - 1) / 2, 0, d, 0, -d * (options.Height - 1) / 2, 0, 0, dz, -dz * (options.Depth - 1) / 2]);
}
