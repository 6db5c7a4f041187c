namespace Smile.Kernels.Backend;

/// <summary>A device that Smile could run on.</summary>
/// <param name="Name">As <c>--device</c> takes it: "cuda:0".</param>
/// <param name="Description">For people: "NVIDIA H100, 81559 MiB".</param>
/// <param name="Available">Whether <see cref="Backends.Open"/> can open it.</param>
/// <param name="Reason">Why it is not available; else empty.</param>
public sealed record DeviceInfo(string Name, string Description, bool Available, string Reason);
