using System.Numerics;

namespace Smile.Host.Phantom;

/// <summary>Ribs, spine and the muscles beside it.</summary>
internal static class Skeleton
{
    public static void Paint(Patient patient)
    {
        PaintRibs(patient);
        PaintMuscles(patient);
        PaintSpine(patient);
    }

    // Ribs run in the wall, each falling from back to front, so that an axial slice cuts several of them obliquely.
    private static void PaintRibs(Patient patient)
    {
        Trunk trunk = patient.Trunk;
        float pitch = patient.Draw(28, 34), shift = patient.Draw(0, pitch), radius = patient.Draw(4, 5), fall = patient.Draw(110, 140);
        float Distance(Vector3 p)
        {
            float wall = trunk.WallDepth(p);
            if (!(wall > -0.7f && wall < 1.7f))
                return radius;
            // 0 at the spine, 1 in front.
            float forward = 0.5f + MathF.Atan2(p.Y, MathF.Abs(p.X)) / MathF.PI;
            float rib = (p.Z + shift + fall * forward) / pitch;
            float alongZ = (rib - MathF.Round(rib)) * pitch * 0.7f, across = (wall - 0.5f) * trunk.WallThickness;
            float tube = MathF.Sqrt(alongZ * alongZ + across * across) - radius;
            // The costal margin: the further forward, the higher the last rib.
            float margin = 0.4f * (-75 + 130 * forward * forward - p.Z);
            return MathF.Max(MathF.Max(tube, margin), 18 - MathF.Abs(p.X));
        }
        Vector3 reach = new(170, 130, float.PositiveInfinity);
        patient.Add(new(new(-reach, reach), Distance, new(0, patient.Hu.Cortical * 0.75f), new(-2.5f, patient.Hu.Trabecular)));
    }

    private static void PaintMuscles(Patient patient)
    {
        Layer muscle = new(0, patient.Hu.Muscle, Mottle: 6);
        Trunk trunk = patient.Trunk;
        float back = patient.Draw(21, 26);
        foreach (int side in (int[])[-1, 1])
        {
            Vector4 Knot(float x, float y, float z, float r) => patient.Knot(side * x, y, z, r, 2);
            Tube erector = new([Knot(30, -88, -130, back * 0.8f), Knot(29, -88, 0, back * 0.75f), Knot(26, -90, 130, back * 0.6f)]);
            patient.Add(new(erector.Box, p => MathF.Max(erector.Distance(p), 12 - trunk.Depth(p)), muscle) { Ripple = 2 });
            Tube psoas = new([Knot(26, -52, 5, 4), Knot(33, -55, -45, 13), Knot(38, -50, -120, 21)]);
            patient.Add(psoas.Filled(muscle) with { Ripple = 1.5f });
            Tube crus = new([Knot(15, -42, -30, 4), Knot(17, -36, 15, 6), Knot(19, -28, 48, 5)]);
            patient.Add(crus.Filled(muscle) with { Ripple = 1 });
        }
    }

    private static void PaintSpine(Patient patient)
    {
        Enhancement hu = patient.Hu;
        float height = patient.Draw(31, 36), shift = patient.Draw(0, height), width = patient.Draw(21, 25), y = patient.Draw(-64, -60);
        Box box = new(new(-50, -120, -140), new(50, -30, 140));
        float FromDisc(Vector3 p)
        {
            float vertebra = (p.Z + shift) / height;
            return MathF.Abs(vertebra - MathF.Round(vertebra)) * height;
        }
        // The waist of a vertebral body is thinner than its end plates.
        float Column(Vector3 p)
        {
            float u = p.X / width, v = (p.Y - y) / (width * 0.76f);
            return (MathF.Sqrt(u * u + v * v) - 1) * width * 0.85f + 0.12f * FromDisc(p);
        }
        patient.Add(new(box, p => MathF.Max(Column(p), 3 - FromDisc(p)), new Layer(0, hu.Cortical)));
        patient.Add(new(box, p => MathF.Max(Column(p) + 3, 5.5f - FromDisc(p)), new Layer(0, hu.Trabecular, Mottle: 18)));
        patient.Add(new(box, p => MathF.Max(Column(p), FromDisc(p) - 3), new Layer(0, 85)));

        float canal = y - width * 0.76f - 9;
        float Arch(Vector3 p)
        {
            float ring = MathF.Sqrt(p.X * p.X + (p.Y - canal) * (p.Y - canal)) - 12;
            float spinous = Segment(p, 0, canal - 10, 0, canal - 27) - 3.5f;
            float transverse = Segment(p with { X = MathF.Abs(p.X) }, 10, canal, 31, canal - 4) - 4;
            float lamina = 6 - 0.8f * FromDisc(p);
            return MathF.Min(ring, MathF.Max(MathF.Min(spinous, transverse), lamina));
        }
        patient.Add(new(box, p => MathF.Max(Arch(p), -1 - Column(p)), new(0, hu.Cortical * 0.8f), new(-3.2f, hu.Trabecular)));
        patient.Add(new(box, p => MathF.Sqrt(p.X * p.X + (p.Y - canal) * (p.Y - canal)) - 8.5f, new Layer(0, 25)));
    }

    private static float Segment(Vector3 p, float x0, float y0, float x1, float y1)
    {
        Vector2 v = new(p.X - x0, p.Y - y0), along = new(x1 - x0, y1 - y0);
        return (v - along * Math.Clamp(Vector2.Dot(v, along) / along.LengthSquared(), 0, 1)).Length();
    }
}
