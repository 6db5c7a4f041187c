using Smile.Net.Data;

namespace Smile.Net.Settings;

public sealed partial record RunSettings
{
    /// <summary>How slices are drawn and changed in training.</summary>
    internal SamplerSettings ForSampler() => new()
    {
        Batch = Train.Batch,
        Height = Train.Size,
        Width = Train.Size,
        Window = Intensities,
        Slices = Data.Slices,
        Distance = SliceDistance(),
        OrganShare = Train.OrganShare,
        AbsentShare = Train.AbsentShare,
        PseudoSlices = Relabel.Sample,
        OrganPower = Train.OrganPower,
        KnownOnly = Train.Method != Methods.Baseline,
        Epsilon = Train.Epsilon,
        Augment = Augment,
    };
}
