namespace Smile.Kernels.Tests;

/// <summary>Who wants to see what the tests of operations left: the GPU kit compares it with what was recorded.</summary>
internal static class OpRuns
{
    /// <summary>Told of each run that gave the same bits twice, within its test; null: nobody listens.</summary>
    public static Action<IOpRun>? Ran { get; set; }
}

/// <summary>A run of an operation.</summary>
internal interface IOpRun
{
    /// <summary>What it left in each operand that it may write, in the order in which they were made.</summary>
    IReadOnlyList<uint[]> Results { get; }

    /// <summary>What the same operation leaves on another device.</summary>
    IReadOnlyList<uint[]> On<TOther>()
        where TOther : IDevice;
}
