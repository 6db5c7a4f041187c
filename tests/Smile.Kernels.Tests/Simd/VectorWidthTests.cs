using System.Diagnostics;
using System.Numerics;
using Smile.Kernels.Backend;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Tests.Simd;

/// <summary>
/// The operations are tested at the width of this machine; narrower ones are tested here by running those tests again in a
/// process whose instructions are switched off.
/// </summary>
public sealed class VectorWidthTests
{
    private const string Width = "SMILE_TEST_VECTOR_BITS";

    [Theory]
    [InlineData(256, "DOTNET_EnableAVX512")]
    [InlineData(128, "DOTNET_EnableAVX2")]
    public async Task Every_operation_holds_at_a_narrower_width(int bits, string off)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Width) is not null, "This is the process with the narrower width.");
        Assert.SkipUnless(MicroKernels.BestBits > bits, $"This machine has no vectors wider than {bits} bits.");
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "-class", "Smile.Kernels.Tests.Ops.Simd*", "-class", "Smile.Kernels.Tests.Simd.*" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [off] = "0", [Width] = $"{bits}" },
        };
        using Process child = Process.Start(start)!;
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Task<string> output = child.StandardOutput.ReadToEndAsync(cancel), errors = child.StandardError.ReadToEndAsync(cancel);
        await child.WaitForExitAsync(cancel);
        Assert.True(child.ExitCode == 0, await output + await errors);
    }

    [Fact]
    public void The_width_is_the_one_asked_for()
    {
        string? asked = Environment.GetEnvironmentVariable(Width);
        Assert.SkipWhen(asked is null, "Only in the process with the narrower width.");
        using IBackend backend = Backends.Open("cpu", 1);
        Assert.Equal($"simd-{asked} x1", backend.Name);
        Assert.True(Vector<float>.Count * 32 <= int.Parse(asked, provider: null));
    }
}
