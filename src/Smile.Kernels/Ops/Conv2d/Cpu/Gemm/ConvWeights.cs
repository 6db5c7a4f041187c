namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>How a product meets the weights.</summary>
internal enum WeightOrder
{
    /// <summary>As they are stored: from input channels to output channels.</summary>
    Stored,

    /// <summary>
    /// For the input gradient: from output channels to input channels, the last tap first, so that the source is read from left to right.
    /// </summary>
    Transposed,
}

/// <summary>Weights (taps, InChannels, OutChannels) as a matrix for each tap, from source channels to target channels.</summary>
internal readonly unsafe struct ConvWeights(float* values, int taps, int inChannels, int outChannels, WeightOrder order)
{
    public int Taps => taps;

    public WeightOrder Order => order;

    public int SourceChannels => order == WeightOrder.Stored ? inChannels : outChannels;

    public int Channels => order == WeightOrder.Stored ? outChannels : inChannels;

    /// <summary>Floats from one source channel to the next.</summary>
    public nint SourceStride => order == WeightOrder.Stored ? outChannels : 1;

    /// <summary>Floats from one target channel to the next.</summary>
    public nint ChannelStride => order == WeightOrder.Stored ? 1 : outChannels;

    /// <summary>Floats from one of the product's taps to the next.</summary>
    public nint TapStride => (order == WeightOrder.Stored ? 1 : -1) * (nint)inChannels * outChannels;

    /// <summary>The weight of the first source and target channel in the product's tap of that number.</summary>
    public float* Tap(int tap) => values + (nint)(order == WeightOrder.Stored ? tap : taps - 1 - tap) * inChannels * outChannels;
}
