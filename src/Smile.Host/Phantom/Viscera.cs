using System.Numerics;

namespace Smile.Host.Phantom;

/// <summary>Great vessels and solid organs, and the stomach in front of them, from back to front.</summary>
internal static class Viscera
{
    public static void Paint(Patient patient)
    {
        PaintSpleen(patient);
        Liver.Paint(patient);
        PaintKidney(patient, side: 1);
        PaintKidney(patient, side: -1);
        PaintVessels(patient);
        Foregut.Paint(patient);
    }

    private static void PaintVessels(Patient patient)
    {
        Enhancement hu = patient.Hu;
        float aorta = patient.Draw(9, 12), cava = patient.Draw(9, 12);
        Vector4 Knot(float x, float y, float z, float r) => patient.Knot(x, y, z, r, 2.5f);
        Tube oesophagus = new([Knot(-4, -20, 130, 8), Knot(-8, -18, 80, 8), Knot(-30, -12, 52, 8)]);
        patient.Add(oesophagus.Filled(patient.FatPlane(2), new(0, hu.GutWall)));
        Tube aortic = new([
            Knot(-20, -38, 130, aorta), Knot(-14, -35, 40, aorta), Knot(-9, -33, -40, aorta * 0.9f), Knot(-8, -33, -130, aorta * 0.8f)]);
        patient.Add(aortic.Filled(patient.FatPlane(3), new(0, hu.Aorta)));
        Tube caval = new([Knot(14, 2, 105, cava), Knot(18, -8, 60, cava * 1.1f), Knot(20, -30, -10, cava), Knot(17, -33, -130, cava)]);
        patient.Add(caval.Filled(patient.FatPlane(2), new(0, hu.Cava)));
    }

    private static void PaintSpleen(Patient patient)
    {
        Vector3 centre = patient.Near(-104, -44, 22, 7), radii = new(patient.Draw(34, 44), patient.Draw(48, 58), patient.Draw(50, 62));
        var body = Solids.Ellipsoid(centre, radii, Solids.Rotation(patient.Draw(0.2, 0.6), 0, 0));
        var hilum = Solids.Ellipsoid(centre + new Vector3(38, 14, -4), new(34, 40, 70));
        float Distance(Vector3 p)
        {
            float d = Solids.SmoothSubtract(body(p), hilum(p), 8);
            return MathF.Max(MathF.Max(d, patient.Trunk.Cavity(p) + 2), patient.Trunk.BelowDiaphragm(p) + 3);
        }
        patient.Add(new(Box.Around(centre, 66), Distance, patient.FatPlane(2), new(0, patient.Hu.Spleen, Mottle: 4)) { Ripple = 2.5f });
    }

    private static void PaintKidney(Patient patient, int side)
    {
        Enhancement hu = patient.Hu;
        Vector3 centre = patient.Near(side * 66, -52, side > 0 ? -50 : -38, 6);
        Vector3 radii = new(patient.Draw(24, 29), patient.Draw(24, 29), patient.Draw(46, 56));
        Quaternion turn = Solids.Rotation(side * patient.Draw(0.3, 0.7), patient.Draw(-0.2, 0), 0);
        var outer = Solids.Ellipsoid(centre, radii, turn);
        var inner = Solids.Ellipsoid(centre, radii - new Vector3(7), turn);
        Vector3 hilum = centre + new Vector3(-side * 18, 10, 0);
        var sinus = Solids.Ellipsoid(hilum, new(15, 10, 20), turn);
        Box box = Box.Around(centre, 60);
        // The perirenal fat.
        patient.Add(new(box.Grow(8), p => MathF.Max(outer(p) - 7, patient.Trunk.Cavity(p) + 2), new Layer(0, hu.Fat, Mottle: 6)));
        float Distance(Vector3 p) => Solids.SmoothSubtract(outer(p), sinus(p), 6);
        patient.Add(new(box, Distance, new Layer(0, hu.Cortex)) { Ripple = 1.5f });
        // The ripple of the inner surface stands for the pyramids.
        patient.Add(new(box, p => MathF.Max(inner(p), -sinus(p) + 3), new Layer(0, hu.Medulla, Mottle: 6)) { Ripple = 4 });
        patient.Add(new(box, sinus, new Layer(0, hu.Fat * 0.7f)) { Ripple = 3 });
    }
}
