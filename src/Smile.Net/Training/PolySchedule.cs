namespace Smile.Net.Training;

/// <summary>DeepLab's learning rate over a run's whole budget: Base * (1 - step / Steps)^Power (Chen et al. 2018, section 4.1).</summary>
internal readonly record struct PolySchedule(double Base, double Power, int Steps)
{
    /// <summary>The rate of the update that follows <paramref name="step"/> finished ones.</summary>
    public float At(int step) => (float)(Base * Math.Pow(1 - (double)step / Steps, Power));
}
