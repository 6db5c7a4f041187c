using Smile.Kernels.Backend;
using Smile.Net.Graph;
using Smile.Net.Models;

namespace Smile.Net.Tests.Graph;

public sealed class MemoryPlanTests
{
    public static TheoryData<string, string, NetworkUse> Models => new()
    {
        { "tiny", "aspp2", NetworkUse.Training },
        { "resnet18", "aspp3", NetworkUse.Training },
        { "resnet50", "aspp3", NetworkUse.Training },
        { "resnet50", "conv", NetworkUse.Inference },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Tensors_that_live_at_the_same_time_share_no_word(string backbone, string head, NetworkUse use)
    {
        using Network network = Make(backbone, head, use);
        var lives = network.Memory.Lives;
        for (int i = 0; i < lives.Count; i++)
            for (int j = 0; j < i; j++)
                if (lives[i].Born <= lives[j].Dies && lives[j].Born <= lives[i].Dies)
                    Assert.False(lives[i].Place.Overlaps(lives[j].Place), $"{lives[i]} and {lives[j]}");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Reuse_saves_memory(string backbone, string head, NetworkUse use)
    {
        using Network network = Make(backbone, head, use);
        double share = use == NetworkUse.Training ? 0.75 : 0.25;
        Assert.True(network.Memory.Words < share * network.Memory.WordsWithoutReuse,
            $"{network.Memory.Words} of {network.Memory.WordsWithoutReuse} words");
    }

    private static Network Make(string backbone, string head, NetworkUse use) =>
        new(new ModelSettings { Backbone = backbone, Head = head, Width = 4 }, 2, 40, 32, 1, 3, use, Backends.Open("scalar"));
}
