using Smile.Net.Settings;

namespace Smile.Net.Training;

/// <summary>
/// The learning rate over a run's whole budget. It rises in equal steps to Base over the first WarmUp updates; over the others, s their
/// share that is done, it is Base * (1 - s)^Power (DeepLab; Chen et al. 2018, section 4.1), Base * (1 + cos(pi s)) / 2 (Loshchilov and
/// Hutter 2017), or Base to the end (a Power of 0).
/// </summary>
internal readonly record struct RateSchedule(double Base, double Power, int Steps, int WarmUp = 0, bool Cosine = false)
{
    /// <summary>As the settings say.</summary>
    public static RateSchedule Of(TrainSettings train) =>
        new(train.LearningRate, train.Schedule == Schedules.Constant ? 0 : train.Power, train.Steps,
            (int)Math.Round(train.Warmup * train.Steps), train.Schedule == Schedules.Cosine);

    /// <summary>The rate of the update that follows <paramref name="step"/> finished ones.</summary>
    public float At(int step)
    {
        if (step < WarmUp)
            return (float)(Base * (step + 1) / WarmUp);
        double share = (double)(step - WarmUp) / (Steps - WarmUp);
        return (float)(Base * (Cosine ? (1 + Math.Cos(Math.PI * share)) / 2 : Math.Pow(1 - share, Power)));
    }
}
