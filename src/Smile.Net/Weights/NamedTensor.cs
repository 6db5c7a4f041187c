namespace Smile.Net.Weights;

/// <summary>A tensor in memory.</summary>
/// <param name="Name">torchvision's.</param>
/// <param name="Shape">torchvision's: convolutions (out, in, rows, columns).</param>
/// <param name="Values">Row-major.</param>
internal sealed record NamedTensor(string Name, IReadOnlyList<int> Shape, float[] Values);
