namespace Smile.Kernels.Ops.Conv2d;

/// <summary>What convolutions multiply in; sums, weights, activations and gradients stay float32.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    Fp32,

    /// <summary>Tensor cores on operands rounded to TF32: float32's range, 10 bits of mantissa.</summary>
    Tf32,

    /// <summary>Tensor cores on operands rounded to bfloat16: float32's range, 7 bits of mantissa.</summary>
    Bf16,
}
