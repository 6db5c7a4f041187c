using System.Numerics;

namespace Smile.Host.Phantom;

/// <summary>Pancreas with the splenic vein behind it, duodenum around its head, and the stomach in front.</summary>
internal static class Foregut
{
    private const int PancreasLabel = 2, StomachLabel = 3;

    public static void Paint(Patient patient)
    {
        // The whole gland and the stomach's outlet shift together from patient to patient.
        Vector3 shift = patient.Near(0, 0, 0, 7);
        PaintDuodenum(patient, shift);
        PaintPancreas(patient, shift);
        PaintStomach(patient, shift);
    }

    private static void PaintPancreas(Patient patient, Vector3 shift)
    {
        float size = patient.Draw(1.08, 1.32), tail = patient.Draw(-14, 12), arch = patient.Draw(-6, 8);
        Vector4 Knot(float x, float y, float z, float r) => Shift(patient.Knot(x, y, z, r * size, 4), shift);
        Tube gland = new([
            Knot(34, -4, -58, 10), Knot(32, 0, -40, 18), Knot(16, 10, -24, 13), Knot(-4, 16 + arch, -14, 12),
            Knot(-28, 10 + arch, -6 + 0.3f * tail, 13), Knot(-54, -4, 2 + 0.7f * tail, 13), Knot(-80, -16, 8 + tail, 10)]);
        Tube vein = new([
            Knot(14, -4, -24, 6), Knot(-8, 1 + arch, -12, 5), Knot(-34, -4 + arch, 0.3f * tail, 4.5f),
            Knot(-62, -18, 8 + 0.8f * tail, 4), Knot(-88, -24, 14 + tail, 4)]);
        patient.Add(vein.Filled(patient.FatPlane(2), new(0, patient.Hu.Cava + 12)));
        Tube mesenteric = new([Knot(12, -4, -24, 6), Knot(9, 2, -60, 6), Knot(6, 8, -120, 5)]);
        patient.Add(mesenteric.Filled(patient.FatPlane(3), new(0, patient.Hu.Cava + 8)));
        Tube artery = new([Knot(-8, -30, -14, 4), Knot(-7, -14, -28, 4), Knot(-6, -6, -60, 4), Knot(-6, 2, -120, 4)]);
        patient.Add(artery.Filled(patient.FatPlane(3), new(0, patient.Hu.Aorta)));
        Layer[] layers = [patient.FatPlane(patient.Draw(0.5, 2.5)), new(0, patient.Hu.Pancreas, PancreasLabel, Mottle: 8)];
        patient.Add(gland.Filled(layers) with { Ripple = 2.5f });
    }

    private static void PaintDuodenum(Patient patient, Vector3 shift)
    {
        Vector4 Knot(float x, float y, float z, float r) => Shift(patient.Knot(x, y, z, r, 4), shift);
        Tube tube = new([
            Knot(34, 34, -22, 12), Knot(56, 14, -30, 13), Knot(60, 0, -58, 14),
            Knot(44, -10, -84, 13), Knot(0, -12, -88, 12), Knot(-30, 4, -64, 12)]);
        Layer[] layers = [patient.FatPlane(1), new(0, patient.Hu.GutWall), new(-4, patient.Draw(10, 110), Mottle: 6)];
        patient.Add(tube.Filled(layers) with { Ripple = 2 });
    }

    private static void PaintStomach(Patient patient, Vector3 shift)
    {
        float fill = patient.Draw(0.98, 1.25), sag = patient.Draw(-12, 12);
        Vector4 Knot(float x, float y, float z, float r, float by) => patient.Knot(x, y, z, r * fill, by);
        Tube tube = new([
            Knot(-62, -18, 60, 28, 5), Knot(-74, 6, 42, 36, 5), Knot(-74, 32, 16, 32, 5), Knot(-56, 50, -16 + sag, 27, 5),
            Knot(-26, 56, -32 + sag, 22, 5), Shift(Knot(6, 48, -30 + sag * 0.5f, 17, 3), shift), Shift(Knot(28, 38, -22, 12, 3), shift)]);
        float Inside(Vector3 p) =>
            MathF.Max(MathF.Max(tube.Distance(p), patient.Trunk.Cavity(p) + 3), patient.Trunk.BelowDiaphragm(p) + 3);
        float wall = patient.Draw(3, 6), enhancement = patient.Hu.GutWall + patient.Draw(-10, 15);
        bool contrast = patient.Rng.NextDouble() < 0.3;
        float contents = contrast ? patient.Draw(100, 220) : patient.Draw(0, 60);
        // Supine, the gas floats at the anterior wall.
        float level = tube.Box.Max.Y - patient.Draw(22, 46);
        patient.Add(new(tube.Box, Inside,
            patient.FatPlane(1.5f),
            new(0, enhancement, StomachLabel),
            new(-wall, contents, StomachLabel, Mottle: patient.Draw(4, 18)),
            Layer.Gas(-wall, level, StomachLabel))
        { Ripple = 3 });
    }

    private static Vector4 Shift(Vector4 knot, Vector3 by) => knot + new Vector4(by, 0);
}
