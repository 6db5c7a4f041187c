namespace Smile.Kernels.Memory;

/// <summary>Whether a result replaces what the destination holds or is added to it.</summary>
public enum Into
{
    /// <summary>The destination is overwritten; what it held is not read.</summary>
    Set,

    /// <summary>The result is added to the destination.</summary>
    Add,
}

/// <summary>What <see cref="Into"/> means for one number.</summary>
internal static class IntoExtensions
{
    /// <summary>Stores a value, or adds it to what is there; the sum is taken in double.</summary>
    public static void Store(this Into into, double value, ref float to) => to = (float)(into == Into.Add ? to + value : value);
}
