namespace Smile.Kernels;

/// <summary>
/// The host backend: vectors and all cores. It is complete from its first day because it inherits the meaning of every
/// operation, and overrides one after another in the operation's folder.
/// </summary>
internal sealed partial class SimdBackend : ScalarBackend
{
    public override string Name => "simd";
}
