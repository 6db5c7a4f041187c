using System.Numerics;

namespace Smile.Host.Phantom;

/// <summary>Liver (two lobes under the right dome), portal and hepatic veins, gallbladder.</summary>
internal static class Liver
{
    private const int Label = 1;

    public static void Paint(Patient patient)
    {
        Trunk trunk = patient.Trunk;
        Vector3 right = patient.Near(82, -4, 6, 5), left = patient.Near(6, 48, 28, 7);
        Vector3 rightRadii = new(patient.Draw(70, 80), patient.Draw(84, 96), patient.Draw(76, 90));
        Vector3 leftRadii = new(patient.Draw(56, 84), patient.Draw(30, 40), patient.Draw(32, 42));
        var rightLobe = Solids.Ellipsoid(right, rightRadii);
        var leftLobe = Solids.Ellipsoid(left, leftRadii, Solids.Rotation(patient.Draw(-0.1, 0.25), 0, patient.Draw(-0.2, 0.2)));
        var visceral = Solids.Ellipsoid(patient.Near(-8, -42, -38, 6), new(72, 66, 78));
        var fissure = Solids.Ellipsoid(left + new Vector3(16, -4, -26), new(4, 26, 24), Solids.Rotation(-0.3f, 0, 0));
        float Distance(Vector3 p)
        {
            float d = Solids.SmoothUnion(rightLobe(p), leftLobe(p), 18);
            d = Solids.SmoothSubtract(Solids.SmoothSubtract(d, visceral(p), 14), fissure(p), 4);
            return Solids.SmoothIntersect(MathF.Max(d, trunk.Cavity(p) + 2), trunk.BelowDiaphragm(p) + 3, 8);
        }
        Box box = new Box(right - rightRadii, right + rightRadii).Union(new(left - leftRadii * 1.2f, left + leftRadii * 1.2f)).Grow(6);
        Shape liver = new(box, Distance, patient.FatPlane(2), new(0, patient.Hu.Liver, Label, Mottle: 5)) { Ripple = 3 };
        patient.Add(liver);
        PaintVeins(patient, liver);
        PaintGallbladder(patient);
    }

    private static void PaintVeins(Patient patient, Shape liver)
    {
        Vector3 hilum = patient.Near(32, 0, 4, 4), outflow = patient.Near(22, -4, 58, 4);
        PaintBranches(patient, liver, hilum, [patient.Near(92, -20, 4, 9), patient.Near(88, 34, 12, 9), patient.Near(12, 46, 24, 8)], 6);
        PaintBranches(patient, liver, outflow, [patient.Near(110, -25, 36, 9), patient.Near(80, 36, 38, 9), patient.Near(4, 48, 42, 8)], 5);
    }

    private static void PaintBranches(Patient patient, Shape liver, Vector3 root, Vector3[] tips, float radius)
    {
        foreach (Vector3 tip in tips)
        {
            Vector3 fork = Vector3.Lerp(root, tip, 0.55f) + patient.Near(0, 0, 0, 6);
            PaintVein(patient, liver, new([new(root, radius), new(fork, radius * 0.7f), new(tip, 2)]));
            Vector3 side = Vector3.Cross(tip - root, Vector3.UnitZ) * patient.Draw(-0.5, 0.5);
            PaintVein(patient, liver, new([new(fork, radius * 0.6f), new(Vector3.Lerp(fork, tip, 0.8f) + side, 2)]));
        }
    }

    // Vessels inside the liver count as liver. They keep a distance from its surface that its ripple does not exceed.
    private static void PaintVein(Patient patient, Shape liver, Tube vein)
    {
        float Distance(Vector3 p)
        {
            float d = vein.Distance(p);
            return d > 10 ? d : MathF.Max(d, liver.Distance(p) + 9);
        }
        patient.Add(new(vein.Box, Distance, new Layer(0, patient.Hu.LiverVessel, Label)) { Ripple = 0.5f });
    }

    private static void PaintGallbladder(Patient patient)
    {
        Vector3 centre = patient.Near(50, 42, -34, 6);
        Vector3 radii = new(patient.Draw(11, 16), patient.Draw(16, 24), patient.Draw(16, 24));
        var body = Solids.Ellipsoid(centre, radii, Solids.Rotation(-0.5f, 0, 0));
        patient.Add(new(Box.Around(centre, 26), body, patient.FatPlane(1), new(0, patient.Draw(2, 20))) { Ripple = 1 });
    }
}
