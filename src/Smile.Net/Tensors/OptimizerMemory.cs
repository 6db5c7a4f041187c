namespace Smile.Net.Tensors;

/// <summary>What is kept of each parameter beside its gradient and its moment.</summary>
[Flags]
public enum OptimizerMemory
{
    /// <summary>No more.</summary>
    Moments = 0,

    /// <summary>The second moment (AdamW).</summary>
    SecondMoments = 1,

    /// <summary>The average over the steps, of running statistics too.</summary>
    Averages = 2,
}
