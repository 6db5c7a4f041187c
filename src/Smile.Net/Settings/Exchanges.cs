namespace Smile.Net.Settings;

/// <summary>How gradients pass between the ranks of a training; none of them changes a bit of the weights.</summary>
public static class Exchanges
{
    /// <summary>From device to device where that can be, else through the host.</summary>
    public const string Auto = "auto";

    /// <summary>From device to device, or not at all.</summary>
    public const string Nccl = "nccl";

    /// <summary>Through the memory of the host.</summary>
    public const string Host = "host";

    /// <summary>All.</summary>
    public static IReadOnlyList<string> All { get; } = [Auto, Nccl, Host];
}
