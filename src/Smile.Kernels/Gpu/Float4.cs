namespace Smile.Kernels.Gpu;

/// <summary>
/// Four floats of one 16-byte access. A struct, because its fields become registers where an array would become local memory.
/// </summary>
internal struct Float4(float x, float y, float z, float w)
{
    public float X = x, Y = y, Z = z, W = w;

    public static Float4 operator +(Float4 a, Float4 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);

    /// <summary>a * b + c.</summary>
    public static Float4 MultiplyAdd(float a, Float4 b, Float4 c) => new(a * b.X + c.X, a * b.Y + c.Y, a * b.Z + c.Z, a * b.W + c.W);

    public static Float4 operator *(Float4 a, Float4 b) => new(a.X * b.X, a.Y * b.Y, a.Z * b.Z, a.W * b.W);

    public static Float4 operator -(Float4 a, Float4 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z, a.W - b.W);

    /// <summary>max(x, 0) of each; NaN stays.</summary>
    public readonly Float4 Clamped() => new(X <= 0 ? 0 : X, Y <= 0 ? 0 : Y, Z <= 0 ? 0 : Z, W <= 0 ? 0 : W);

    /// <summary>Each value where the same of <paramref name="other"/> is above zero, else 0.</summary>
    public readonly Float4 WherePositive(Float4 other) =>
        new(other.X > 0 ? X : 0, other.Y > 0 ? Y : 0, other.Z > 0 ? Z : 0, other.W > 0 ? W : 0);
}
