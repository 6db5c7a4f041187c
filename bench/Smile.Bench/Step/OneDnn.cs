using System.Runtime.InteropServices;

namespace Smile.Bench.Step;

/// <summary>
/// at::Context::setUserEnabledMkldnn of libtorch, for which TorchSharp has no name: switched off, convolutions are im2col and MKL's
/// matrix product.
/// </summary>
internal static partial class OneDnn
{
    /// <summary>Runs a step without oneDNN.</summary>
    public static T Without<T>(Func<T> step)
    {
        nint context = GlobalContext();
        SetUserEnabled(context, false);
        try
        {
            return step();
        }
        finally
        {
            SetUserEnabled(context, true);
        }
    }

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint GlobalContext();

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledMkldnnEb")]
    private static partial void SetUserEnabled(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);
}
