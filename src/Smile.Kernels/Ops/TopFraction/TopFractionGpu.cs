using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.TopFraction;

/// <summary>Selects the candidates with the highest scores, digit by digit of their order.</summary>
internal sealed class TopFractionGpu(GpuQueue queue)
{
    // At most this many groups share the elements, each thread at least so many: each group adds its histogram to the one in the workspace.
    private const int MostHistogramGroups = 512, LeastElementsAThread = 16;

    private readonly GpuWorkspace _selection = queue.Workspace("histogram and state of the top fraction", TopFractionKernels.WorkWords);

    public void Select(in TopFractionShape shape, Place scores, Place candidates, Place selected, Place summary)
    {
        shape.Validate(scores, candidates, selected, summary);
        var args = new TopFractionArgs
        {
            Scores = queue.Span(scores),
            Candidates = queue.Span(candidates),
            Selected = queue.Span(selected),
            Summary = queue.Span(summary),
            Work = _selection.Part(0, TopFractionKernels.WorkWords),
            Fraction = shape.Fraction,
        };
        int groups = Math.Min(Integers.CeilingDivide(shape.Length, LeastElementsAThread * queue.GroupSize), MostHistogramGroups);
        queue.Launch(TopFractionKernels.Start, 1, 1, args);
        for (args.Digit = 0; args.Digit < TopFractionKernels.Digits; args.Digit++)
        {
            if (args.Digit >= 4 && shape.Length <= 1L << args.Shift)
                continue; // all inverted indices have the same byte here, and Start has set it
            queue.Launch(TopFractionKernels.Count, groups, 1, args);
            queue.Launch(TopFractionKernels.Choose, 1, 1, args);
        }

        queue.LaunchSingles(TopFractionKernels.Select, shape.Length, args);
    }
}

internal struct TopFractionArgs
{
    public GpuSpan Scores, Candidates, Selected, Summary, Work;
    public double Fraction;

    /// <summary>0 to 3: bytes of the score's key, highest first; 4 to 7: bytes of the index among equal scores.</summary>
    public int Digit;

    /// <summary>The lowest bit of the digit.</summary>
    public readonly int Shift => 24 - Digit % 4 * 8;
}

/// <summary>What the passes leave for each other: bits in four floats, which are loaded and stored in one access.</summary>
internal readonly struct SelectionState(uint key, uint index, uint rest, uint any)
{
    /// <summary>Where the index lies among the words.</summary>
    public const int IndexWord = 1;

    private readonly float _key = Interop.IntAsFloat(key), _index = Interop.IntAsFloat(index), _rest = Interop.IntAsFloat(rest),
        _any = Interop.IntAsFloat(any);

    /// <summary>The key found so far.</summary>
    public uint Key => Interop.FloatAsInt(_key);

    /// <summary>The inverted index found so far.</summary>
    public uint Index => Interop.FloatAsInt(_index);

    /// <summary>How many of the elements that agree with the pair are still to be taken.</summary>
    public uint Rest => Interop.FloatAsInt(_rest);

    /// <summary>How many are selected at all.</summary>
    public uint Any => Interop.FloatAsInt(_any);
}

/// <summary>
/// Radix selection of the last selected element. Elements are ordered by the pair (key of the score, inverted index), in which no two
/// are equal: that settles ties by lowest index. Eight passes each fix eight bits of the pair of the last one selected; then each
/// element compares itself with it. Counts are integers, so atomics give the same sums in any order.
/// </summary>
internal static class TopFractionKernels
{
    public const int Digits = 8, WorkWords = State + 4;

    // The state lies after the histogram, on 16 bytes.
    private const int Bins = 256, State = Bins;

    // Keys of numbers lie between those of the infinities, 0x007F_FFFF and 0xFF80_0000.
    private const uint NoCandidate = 0;

    public static readonly GpuKernel<TopFractionArgs> Start = new(TopFractionStart, GpuKernel.AnyGroup);
    public static readonly GpuKernel<TopFractionArgs> Count = new(TopFractionCount, GpuKernel.AnyGroup);
    public static readonly GpuKernel<TopFractionArgs> Choose = new(TopFractionChoose, GpuKernel.AnyGroup);
    public static readonly GpuKernel<TopFractionArgs> Select = new(TopFractionSelect, GpuKernel.AnyGroup);

    private static void TopFractionStart(ArrayView<float> memory, TopFractionArgs args)
    {
        for (int word = Group.IdxX; word < WorkWords; word += Group.DimX)
            args.Work.StoreWord(memory, word, word == State + SelectionState.IndexWord ? HighBytesOf(args.Scores.Length) : 0);
    }

    /// <summary>Histogram of one digit over the candidates that agree with the pair found so far.</summary>
    private static void TopFractionCount(ArrayView<float> memory, TopFractionArgs args)
    {
        ArrayView<uint> bins = SharedMemory.Allocate<uint>(Bins);
        for (int bin = Group.IdxX; bin < Bins; bin += Group.DimX)
            bins[bin] = 0;
        SelectionState state = LoadState(memory, args);
        uint foundKey = state.Key, foundIndex = state.Index;
        uint fixedBits = args.Digit % 4 == 0 ? 0 : uint.MaxValue << args.Shift << 8;
        for (int at = Element.Single; Element.IsInside(at, args.Scores.Length); at += Grid.DimX * Group.DimX)
        {
            uint key = KeyOf(memory, args, at), index = ~(uint)at;
            if (key == NoCandidate)
                continue;
            if (args.Digit < 4 ? (key & fixedBits) == foundKey : key == foundKey && (index & fixedBits) == foundIndex)
                Atomic.Add(ref bins[(int)((args.Digit < 4 ? key : index) >> args.Shift & 255)], 1u);
        }

        Group.Barrier();
        for (int bin = Group.IdxX; bin < Bins; bin += Group.DimX)
            if (bins[bin] != 0)
                Atomic.Add(ref args.Work.WordsAs<uint>(memory)[bin], bins[bin]);
    }

    /// <summary>Finds the digit of the last selected element, from the highest down, and clears the histogram.</summary>
    private static void TopFractionChoose(ArrayView<float> memory, TopFractionArgs args)
    {
        ArrayView<uint> bins = SharedMemory.Allocate<uint>(Bins);
        SelectionState state = LoadState(memory, args);
        for (int bin = Group.IdxX; bin < Bins; bin += Group.DimX)
        {
            bins[bin] = args.Work.LoadWord(memory, bin);
            args.Work.StoreWord(memory, bin, 0);
        }

        Group.Barrier();
        if (Group.IdxX != 0)
            return;
        uint rest = state.Rest, any = state.Any;
        if (args.Digit == 0)
        {
            uint candidates = 0;
            for (int bin = 0; bin < Bins; bin++)
                candidates += bins[bin];
            rest = (uint)(args.Fraction * candidates);
            args.Summary.StoreWord(memory, 0, candidates);
            args.Summary.StoreWord(memory, 1, rest);
            any = rest;
        }

        int digit = Bins - 1;
        while (digit > 0 && bins[digit] < rest)
        {
            rest -= bins[digit];
            digit--;
        }

        uint found = (uint)digit << args.Shift, key = state.Key, index = state.Index;
        if (args.Digit < 4)
            key |= found;
        else
            index |= found;
        States(memory, args)[0] = new SelectionState(key, index, rest, any);
    }

    private static void TopFractionSelect(ArrayView<float> memory, TopFractionArgs args)
    {
        SelectionState state = LoadState(memory, args);
        int at = Element.Single;
        if (!Element.IsInside(at, args.Scores.Length))
            return;
        uint selected = 0;
        if (state.Any != 0)
        {
            uint key = KeyOf(memory, args, at);
            if (key != NoCandidate)
                selected = key > state.Key || (key == state.Key && ~(uint)at >= state.Index) ? 1u : 0u;
        }

        args.Selected.StoreWord(memory, at, selected);
    }

    /// <summary>The bytes that all inverted indices below <paramref name="length"/> share.</summary>
    private static uint HighBytesOf(int length)
    {
        uint shared = 0;
        for (int shift = 24; shift >= 0 && length <= 1L << shift; shift -= 8)
            shared |= 255u << shift;
        return shared;
    }

    private static ArrayView<SelectionState> States(ArrayView<float> memory, in TopFractionArgs args) =>
        args.Work.AlignedAs<SelectionState>(memory).SubView(State / 4, 1);

    /// <summary>The state, loaded once a group. All threads of the group call it, once; it is a barrier.</summary>
    private static SelectionState LoadState(ArrayView<float> memory, in TopFractionArgs args)
    {
        ArrayView<SelectionState> shared = SharedMemory.Allocate<SelectionState>(1);
        if (Group.IdxX == 0)
            shared[0] = States(memory, args)[0];
        Group.Barrier();
        return shared[0];
    }

    /// <summary>
    /// <see cref="TopFractionShape.Key"/> in the words of kernels, or <see cref="NoCandidate"/>; each operand is loaded once.
    /// </summary>
    private static uint KeyOf(ArrayView<float> memory, in TopFractionArgs args, int at)
    {
        if (args.Candidates.LoadWord(memory, at) == 0)
            return NoCandidate;
        uint bits = args.Scores.LoadWord(memory, at);
        if ((bits & 0x7FFF_FFFF) > 0x7F80_0000)
            return NoCandidate; // NaN
        if (bits == 0x8000_0000)
            bits = 0;
        return (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
    }
}
