using Smile.PtxEmulator.Checks;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator;

/// <summary>
/// Executes launches on the CPU, one after another, with checks and counts. What it models and what not: docs/emulator.md.
/// </summary>
public sealed class Emulator(EmulatorOptions? options = null) : IDisposable
{
    private const int MostThreads = 1024, MostShared = 227 << 10;

    private readonly EmulatorOptions _options = options ?? new EmulatorOptions();

    /// <summary>Global memory.</summary>
    public DeviceMemory Memory { get; } = new(options?.SampledBlocks > 0);

    /// <summary>Runs a kernel over a grid.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads of a block.</param>
    /// <param name="parameters">Arguments, packed as the kernel declares them.</param>
    /// <param name="dynamicSharedBytes">Bytes of .extern .shared memory.</param>
    /// <returns>What was counted.</returns>
    /// <exception cref="PtxException">
    /// The launch does not fit the kernel, or a check refused what a thread did; memory is then as far as the launch got.
    /// </exception>
    public LaunchReport Launch(PtxKernel kernel, Dim3 grid, Dim3 block, ReadOnlySpan<byte> parameters, int dynamicSharedBytes = 0)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Fit(kernel, grid, block, parameters.Length, dynamicSharedBytes);
        var launch = new Launch(kernel.Program, Memory, _options, grid, block, dynamicSharedBytes, parameters.ToArray());
        LineCount[] counts = launch.Run();
        return new LaunchReport(kernel, grid, block, dynamicSharedBytes, launch.ExecutedBlocks, counts, launch.Footprint());
    }

    /// <inheritdoc/>
    public void Dispose() => Memory.Dispose();

    private static void Fit(PtxKernel kernel, Dim3 grid, Dim3 block, int parameterBytes, int dynamicSharedBytes)
    {
        if (Math.Min(grid.X, Math.Min(grid.Y, grid.Z)) < 1 || grid.Y > 65535 || grid.Z > 65535 || grid.Count > Owner.MaxBlocks)
            throw Refuse($"a grid of {grid} blocks; x * y * z is 1 to {Owner.MaxBlocks}, y and z are at most 65535");
        if (Math.Min(block.X, Math.Min(block.Y, block.Z)) < 1 || block.Z > 64 || block.Count > Math.Min(MostThreads, kernel.MaxThreads))
            throw Refuse($"a block of {block} threads; the kernel takes 1 to {Math.Min(MostThreads, kernel.MaxThreads)}, z at most 64");
        if (parameterBytes != kernel.ParameterBytes)
            throw Refuse($"{parameterBytes} bytes of arguments, the kernel takes {kernel.ParameterBytes}");
        if (dynamicSharedBytes < 0 || (dynamicSharedBytes > 0 && kernel.Program.DynamicShared < 0)
            || kernel.Program.SharedEnd(dynamicSharedBytes) > MostShared)
            throw Refuse($"{kernel.SharedBytes} static and {dynamicSharedBytes} dynamic bytes of shared memory");

        PtxException Refuse(string message) => new(PtxFault.Launch, 0, $"{kernel.Name}: {message}");
    }
}
