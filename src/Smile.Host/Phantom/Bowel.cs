using System.Numerics;

namespace Smile.Host.Phantom;

/// <summary>Colon and small-bowel loops, whose HU cover those of stomach, pancreas and liver.</summary>
internal static class Bowel
{
    public static void Paint(Patient patient)
    {
        PaintColon(patient);
        int loops = 32 + patient.Rng.Next(12);
        for (int i = 0; i < loops; i++)
            PaintLoop(patient);
    }

    private static void PaintColon(Patient patient)
    {
        float r = patient.Draw(17, 22);
        Vector4 Knot(float x, float y, float z, float share) => patient.Knot(x, y, z, r * share, 6);
        Vector4[] ascending = [Knot(98, -28, -125, 1.1f), Knot(102, -22, -80, 1), Knot(96, 0, -55, 1)];
        Vector4[] transverse = [Knot(80, 45, -62, 1), Knot(30, 68, -72, 0.9f), Knot(-30, 70, -66, 0.9f), Knot(-88, 45, -38, 0.9f)];
        Vector4[] descending = [Knot(-112, -10, -5, 0.8f), Knot(-116, -30, -50, 0.75f), Knot(-108, -32, -125, 0.75f)];
        foreach (Vector4[] part in (Vector4[][])[ascending, transverse, descending])
        {
            float contents = patient.Draw(40, 140), mottle = patient.Draw(15, 45);
            PaintGut(patient, new(part), contents, mottle, gas: patient.Rng.NextDouble() < 0.7, ripple: 3);
        }
    }

    private static void PaintLoop(Patient patient)
    {
        float r = patient.Draw(10, 15);
        // Mostly low; on the left, jejunum reaches up to the stomach.
        float x = patient.Draw(-100, 80);
        Vector3 centre = new(x, patient.Draw(-10, 75), patient.Draw(-105, x < -20 ? 15 : -25));
        // Mostly horizontal, bent to and fro.
        float heading = patient.Draw(0, 2 * Math.PI), bend = patient.Draw(-2.2, 2.2);
        List<Vector4> knots = [];
        Vector3 at = centre;
        for (int k = 0; k < 5; k++)
        {
            knots.Add(new(at, r * patient.Draw(0.85, 1.15)));
            at += new Vector3(MathF.Cos(heading), MathF.Sin(heading), patient.Draw(-0.5, 0.5)) * r * 1.3f;
            // Not behind the great vessels.
            at.Y = MathF.Max(at.Y, -20);
            heading += bend * patient.Draw(0.2, 0.6);
        }
        double kind = patient.Rng.NextDouble();
        float hu = kind < 0.3 ? patient.Draw(5, 55) : kind < 0.8 ? patient.Draw(70, 135) : patient.Draw(125, 260);
        PaintGut(patient, new(knots), hu, mottle: 6, gas: patient.Rng.NextDouble() < 0.25, ripple: 2);
    }

    // Wall, contents, and gas floating on the contents.
    private static void PaintGut(Patient patient, Tube tube, float contents, float mottle, bool gas, float ripple)
    {
        float Inside(Vector3 p) => MathF.Max(tube.Distance(p), patient.Trunk.Cavity(p) + 3);
        float wall = patient.Draw(2.5, 4), level = float.Lerp(tube.Box.Min.Y, tube.Box.Max.Y, patient.Draw(0.45, 0.8));
        Layer[] layers = [patient.FatPlane(2), new(0, patient.Hu.GutWall), new(-wall, contents, Mottle: mottle), Layer.Gas(-wall, level)];
        patient.Add(new(tube.Box, Inside, gas ? layers : layers[..3]) { Ripple = ripple });
    }
}
