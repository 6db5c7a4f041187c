using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Smile.Kernels.Ops.Conv2d.Winograd;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>What one worker needs for any convolution; the size does not depend on the shape, so it is laid out once.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)] // no cache line of one worker's is another's too
internal unsafe struct ConvScratch
{
    /// <summary>Most segments of a tile: one for each gathered channel at worst.</summary>
    public const int MaxSegments = ConvGather.Depth;

    private const int MaxPixels = ConvGather.MaxTiles * MicroKernels.MaxRows;
    private const int EdgeLanes = 32;

    /// <summary>(tiles, rows, GatherStride): gathered pixels.</summary>
    public float* Gathered;

    /// <summary>(tiles, MaxSegments).</summary>
    public Segment* Segments;

    /// <summary>(tiles).</summary>
    public int* SegmentCount;

    /// <summary>(pixels): target row, target column, source image and target address of each pixel.</summary>
    public int* Row, Column;

    /// <inheritdoc cref="Row"/>
    public float** Image, Targets;

    /// <summary>(rows): source addresses of one tap.</summary>
    public float** Found;

    /// <summary>(rows): a tile of scratch for panels that are wider than what is left.</summary>
    public float** EdgeRows;

    /// <summary>(pixels of a block): where each pixel of a tap begins in the input and in the output gradient.</summary>
    public float** Inputs, Outputs;

    /// <summary>(panels of a job, pixels of a block, lanes): packed output gradients.</summary>
    public float* Panel;

    /// <summary>(products): source pixels or products of a Winograd tile; (tile * tile): its target pixels.</summary>
    public float** WinogradList, WinogradTargets;

    /// <summary>What a Winograd transform passes through; (source channels, taps, lanes): weights that are turned round.</summary>
    public float* WinogradTemp, WinogradTurned;

    /// <summary>(products, tiles, lanes): the products of a Winograd chunk.</summary>
    public float* WinogradProducts;

    /// <summary>The convolution that the worker has prepared what it shares with nobody for.</summary>
    public long Prepared;

    /// <summary>Bytes of one worker.</summary>
    public static long Bytes
    {
        get
        {
            var scratch = default(ConvScratch);
            return scratch.Lay(null) - (byte*)null;
        }
    }

    /// <summary>Lays the parts out from <paramref name="at"/>; returns the end.</summary>
    public byte* Lay(byte* at)
    {
        Gathered = (float*)Take<float>(ref at, MaxPixels * MicroKernels.GatherStride);
        Segments = (Segment*)Take<Segment>(ref at, ConvGather.MaxTiles * MaxSegments);
        SegmentCount = (int*)Take<int>(ref at, ConvGather.MaxTiles);
        Row = (int*)Take<int>(ref at, MaxPixels);
        Column = (int*)Take<int>(ref at, MaxPixels);
        Image = (float**)Take<nint>(ref at, MaxPixels);
        Targets = (float**)Take<nint>(ref at, MaxPixels);
        Found = (float**)Take<nint>(ref at, MicroKernels.MaxRows);
        EdgeRows = (float**)Take<nint>(ref at, MicroKernels.MaxRows);
        float* edge = (float*)Take<float>(ref at, MicroKernels.MaxRows * EdgeLanes);
        Inputs = (float**)Take<nint>(ref at, ConvOuter.BlockPixels);
        Outputs = (float**)Take<nint>(ref at, ConvOuter.BlockPixels);
        Panel = (float*)Take<float>(ref at, ConvOuter.PanelsPerJob * ConvOuter.BlockPixels * EdgeLanes + EdgeLanes);
        WinogradList = (float**)Take<nint>(ref at, 36);
        WinogradTargets = (float**)Take<nint>(ref at, 36);
        WinogradTemp = (float*)Take<float>(ref at, WinogradKernels.TempFloats);
        WinogradTurned = (float*)Take<float>(ref at, WinogradWeights.Turned * 9 * EdgeLanes);
        WinogradProducts = (float*)Take<float>(ref at, 36 * (ConvWinograd.MostTiles * ConvWinograd.MostLanes + 16));
        for (int i = 0; Gathered != null && i < MicroKernels.MaxRows; i++)
            EdgeRows[i] = edge + i * EdgeLanes;
        return at;
    }

    /// <summary>Before a panel that is wider than the channels that are <paramref name="left"/>: what its sums are added to, where they are.</summary>
    public readonly void FillEdge(bool add, float** targets, int rows, nint column, int left)
    {
        for (int i = 0; add && i < rows; i++)
            new Span<float>(targets[i] + column, left).CopyTo(new Span<float>(EdgeRows[i], left));
    }

    /// <summary>After it.</summary>
    public readonly void EmptyEdge(float** targets, int rows, nint column, int left)
    {
        for (int i = 0; i < rows; i++)
            new Span<float>(EdgeRows[i], left).CopyTo(new Span<float>(targets[i] + column, left));
    }

    private static void* Take<T>(ref byte* at, int count)
        where T : unmanaged
    {
        byte* start = at;
        at += ((nint)count * Unsafe.SizeOf<T>() + 63) / 64 * 64;
        return start;
    }
}
