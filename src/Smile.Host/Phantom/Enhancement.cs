using Smile.Net;

namespace Smile.Host.Phantom;

/// <summary>
/// HU of each tissue in one case. The contrast phase (0 late arterial, 1 portal venous) moves organs and vessels together;
/// on top of it every organ varies by itself.
/// </summary>
internal sealed class Enhancement
{
    public Enhancement(Rng rng)
    {
        double phase = rng.NextDouble();
        float Draw(double arterial, double portal, double spread) =>
            (float)(arterial + (portal - arterial) * phase + rng.Uniform(-spread, spread));

        Fat = Draw(-102, -102, 8);
        Muscle = Draw(60, 73, 12);
        Lung = Draw(-850, -850, 30);
        Liver = Draw(76, 101, 23);
        LiverVessel = Liver + Draw(10, 45, 10);
        Spleen = Liver + Draw(14, 6, 14);
        Pancreas = Draw(100, 88, 12);
        Cortex = Draw(190, 160, 20);
        Medulla = Draw(85, 140, 15);
        Aorta = Draw(220, 140, 20);
        Cava = Draw(85, 130, 15);
        Heart = 0.5f * (Aorta + Cava) - 5;
        Trabecular = Draw(190, 200, 40);
        Cortical = Draw(620, 620, 100);
        GutWall = Draw(85, 80, 15);
    }

    public float Fat { get; }
    public float Muscle { get; }
    public float Lung { get; }
    public float Liver { get; }
    public float LiverVessel { get; }
    public float Spleen { get; }
    public float Pancreas { get; }
    public float Cortex { get; }
    public float Medulla { get; }
    public float Aorta { get; }
    public float Cava { get; }
    public float Heart { get; }
    public float Trabecular { get; }
    public float Cortical { get; }
    public float GutWall { get; }
}
