using System.Numerics;

namespace Smile.Host.Phantom;

/// <summary>Skin, subcutaneous fat, muscle wall, the fat-filled cavity, diaphragm, lungs and heart.</summary>
internal sealed class Trunk
{
    private const float Skin = 2;

    private readonly Patient _patient;
    private readonly float _halfWidth, _halfHeight, _squareness, _fat, _muscle, _rightDome, _leftDome;

    public Trunk(Patient patient)
    {
        _patient = patient;
        _halfWidth = patient.Draw(153, 166);
        _halfHeight = patient.Draw(116, 128);
        _squareness = patient.Draw(1.2, 1.8);
        _fat = patient.Draw(9, 20);
        _muscle = patient.Draw(13, 19);
        _rightDome = patient.Draw(73, 84);
        _leftDome = _rightDome - patient.Draw(6, 16);
    }

    /// <summary>Millimetres under the skin, measured towards the trunk's axis.</summary>
    public float Depth(Vector3 p)
    {
        float u = p.X / _halfWidth, v = p.Y / _halfHeight;
        (u, v) = (u * u, v * v);
        // 2 would be an ellipse; less is squarer.
        float level = MathF.Sqrt(MathF.Sqrt(u * u + v * v + _squareness * u * v));
        return MathF.Sqrt(p.X * p.X + p.Y * p.Y) * (1 / MathF.Max(level, 1e-3f) - 1);
    }

    /// <summary>Signed distance of the muscle wall's inner surface: negative in the cavity.</summary>
    public float Cavity(Vector3 p) => Fat(p) + _muscle - Depth(p);

    /// <summary>Depth below the outer surface of the muscle wall, as a share of the wall: 0 outside, 1 inside.</summary>
    public float WallDepth(Vector3 p) => (Depth(p) - Fat(p)) / _muscle;

    public float WallThickness => _muscle;

    /// <summary>Signed distance of the space below the diaphragm.</summary>
    public float BelowDiaphragm(Vector3 p)
    {
        float right = Dome(p, 72, 8, 70, 80, _rightDome, 48), left = Dome(p, -72, 8, 70, 80, _leftDome, 48);
        float tendon = Dome(p, 0, 20, 75, 100, _leftDome - 6, 36);
        return 0.75f * (p.Z + Solids.SmoothUnion(Solids.SmoothUnion(-right, -left, 20), -tendon, 20));
    }

    public void Paint()
    {
        Enhancement hu = _patient.Hu;
        Vector3 reach = new(_halfWidth, _halfHeight, float.PositiveInfinity);
        Box trunk = new(-reach, reach), thorax = trunk with { Min = trunk.Min with { Z = -40 } };
        _patient.Add(new(trunk, p => -Depth(p), new(0, 10), new(-Skin, hu.Fat, Mottle: 4)));
        _patient.Add(new(trunk, p => Fat(p) - Depth(p), new(0, hu.Muscle, Mottle: 4), new(-_muscle, hu.Fat, Mottle: 7)));
        _patient.Add(new(thorax, p => MathF.Max(Cavity(p), -BelowDiaphragm(p)), new(3, hu.Muscle), new(0, hu.Lung, Mottle: 20)));
        PaintMediastinum();
    }

    private void PaintMediastinum()
    {
        Enhancement hu = _patient.Hu;
        Vector3 centre = _patient.Near(-22, 36, 98, 5);
        Vector3 radii = new(_patient.Draw(46, 56), _patient.Draw(36, 42), _patient.Draw(34, 42));
        var heart = Solids.Ellipsoid(centre, radii, Solids.Rotation(_patient.Draw(-0.5, -0.2), 0, 0));
        Box box = Box.Around(centre, 58);
        _patient.Add(new(box, p => MathF.Max(heart(p), -BelowDiaphragm(p)), new(5, hu.Fat), new(0, hu.Heart)) { Ripple = 2 });
        // The myocardium around the left ventricle is darker than the blood.
        var ventricle = Solids.Ellipsoid(centre + new Vector3(-16, 6, 0), radii * 0.55f);
        _patient.Add(new(box, p => MathF.Abs(ventricle(p) - 3) - 4, new Layer(0, hu.Heart - 35)) { Ripple = 2 });

        // Fat around the vessels in front of the spine.
        Vector3 middle = new(0, -36, 95);
        var prevertebral = Solids.Ellipsoid(middle, new(34, 30, 75));
        _patient.Add(new(Box.Around(middle, 75), prevertebral, new Layer(0, hu.Fat, Mottle: 6)) { Ripple = 2 });
    }

    // Thin in front over the ribs, thick at the flanks and the back.
    private float Fat(Vector3 p) => _fat * (1.1f - 0.35f * p.Y / _halfHeight - 0.15f * p.Z / 96);

    private static float Dome(Vector3 p, float x, float y, float radiusX, float radiusY, float top, float drop)
    {
        float u = (p.X - x) / radiusX, v = (p.Y - y) / radiusY;
        return top - drop * (u * u + v * v);
    }
}
