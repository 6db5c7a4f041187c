using Smile.Net.Data;

namespace Smile.Bench.Accuracy;

/// <summary>The U-Net of <see cref="TorchContender"/>, taught as that, for every organ.</summary>
internal sealed class SingleOrgans() : OrganByOrgan("single", "a U-Net for each organ alone, libtorch")
{
    protected override (IOrganNetwork Network, Effort Effort) Teach(CaseData[] cases, Budget budget, int seed)
    {
        var network = new TorchNetwork("unet", 1, seed);
        return (network, TorchContender.Teach(network, cases, 1, budget, seed));
    }
}
