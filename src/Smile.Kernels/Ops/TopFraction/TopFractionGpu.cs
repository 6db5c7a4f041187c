using ILGPU;

namespace Smile.Kernels;

internal sealed partial class GpuBackend
{
    // At most this many groups share the elements, each thread at least so many: each group adds its histogram to the one in the workspace.
    private const int MostHistogramGroups = 512, LeastElementsAThread = 16;

    public void TopFraction(in TopFractionShape shape, Place scores, Place candidates, Place selected, Place summary)
    {
        shape.Validate(scores, candidates, selected, summary);
        var args = new TopFractionArgs
        {
            Scores = Span(scores),
            Candidates = Span(candidates),
            Selected = Span(selected),
            Summary = Span(summary),
            Work = Part(_workspace, 0, TopFractionKernels.WorkWords),
            Fraction = shape.Fraction,
        };
        int groups = Math.Min(Groups(shape.Length, LeastElementsAThread * runtime.Limits.GroupSize), MostHistogramGroups);
        runtime.Launch(TopFractionKernels.Start, 1, 1, args);
        for (args.Digit = 0; args.Digit < TopFractionKernels.Digits; args.Digit++)
        {
            if (args.Digit >= 4 && shape.Length <= 1L << args.Shift)
                continue; // all inverted indices have the same byte here, and Start has set it
            runtime.Launch(TopFractionKernels.Count, groups, 1, args);
            runtime.Launch(TopFractionKernels.Choose, 1, 1, args);
        }

        Singles(TopFractionKernels.Select, shape.Length, args);
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

/// <summary>
/// Radix selection of the last selected element. Elements are ordered by the pair (key of the score, inverted index), in which no two
/// are equal: that settles ties by lowest index. Eight passes each fix eight bits of the pair of the last one selected; then each
/// element compares itself with it. Counts are integers, so atomics give the same sums in any order.
/// </summary>
internal static class TopFractionKernels
{
    public const int Digits = 8, WorkWords = State + 4;

    private const int Bins = 256, State = Bins;

    // Words of the state, after the histogram: the pair found so far, how many are still to be taken, whether any are.
    private const int KeyWord = State, IndexWord = State + 1, RestWord = State + 2, AnyWord = State + 3;

    public static readonly GpuKernel<TopFractionArgs> Start = new(TopFractionStart, GpuKernel.AnyGroup);
    public static readonly GpuKernel<TopFractionArgs> Count = new(TopFractionCount, GpuKernel.AnyGroup);
    public static readonly GpuKernel<TopFractionArgs> Choose = new(TopFractionChoose, GpuKernel.AnyGroup);
    public static readonly GpuKernel<TopFractionArgs> Select = new(TopFractionSelect, GpuKernel.AnyGroup);

    private static void TopFractionStart(ArrayView<float> memory, TopFractionArgs args)
    {
        for (int word = Group.IdxX; word < WorkWords; word += Group.DimX)
            args.Work.PutWord(memory, word, word == IndexWord ? HighBytesOf(args.Scores.Length) : 0);
    }

    /// <summary>Histogram of one digit over the candidates that agree with the pair found so far.</summary>
    private static void TopFractionCount(ArrayView<float> memory, TopFractionArgs args)
    {
        ArrayView<uint> bins = SharedMemory.Allocate<uint>(Bins);
        for (int bin = Group.IdxX; bin < Bins; bin += Group.DimX)
            bins[bin] = 0;
        Group.Barrier();
        uint foundKey = args.Work.LoadWord(memory, KeyWord), foundIndex = args.Work.LoadWord(memory, IndexWord);
        uint fixedBits = args.Digit % 4 == 0 ? 0 : uint.MaxValue << args.Shift << 8;
        for (int at = Element.Single; Element.IsInside(at, args.Scores.Length); at += Grid.DimX * Group.DimX)
        {
            if (!IsCandidate(memory, args, at))
                continue;
            uint key = KeyOf(memory, args, at), index = ~(uint)at;
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
        for (int bin = Group.IdxX; bin < Bins; bin += Group.DimX)
        {
            bins[bin] = args.Work.LoadWord(memory, bin);
            args.Work.PutWord(memory, bin, 0);
        }

        Group.Barrier();
        if (Group.IdxX != 0)
            return;
        uint rest = args.Work.LoadWord(memory, RestWord);
        if (args.Digit == 0)
        {
            uint candidates = 0;
            for (int bin = 0; bin < Bins; bin++)
                candidates += bins[bin];
            rest = (uint)(args.Fraction * candidates);
            args.Summary.PutWord(memory, 0, candidates);
            args.Summary.PutWord(memory, 1, rest);
            args.Work.PutWord(memory, AnyWord, rest);
        }

        int digit = Bins - 1;
        while (digit > 0 && bins[digit] < rest)
        {
            rest -= bins[digit];
            digit--;
        }

        int found = args.Digit < 4 ? KeyWord : IndexWord;
        args.Work.PutWord(memory, found, args.Work.LoadWord(memory, found) | (uint)digit << args.Shift);
        args.Work.PutWord(memory, RestWord, rest);
    }

    private static void TopFractionSelect(ArrayView<float> memory, TopFractionArgs args)
    {
        int at = Element.Single;
        if (!Element.IsInside(at, args.Scores.Length))
            return;
        uint selected = 0;
        if (args.Work.LoadWord(memory, AnyWord) != 0 && IsCandidate(memory, args, at))
        {
            uint key = KeyOf(memory, args, at), last = args.Work.LoadWord(memory, KeyWord);
            selected = key > last || (key == last && ~(uint)at >= args.Work.LoadWord(memory, IndexWord)) ? 1u : 0u;
        }

        args.Selected.PutWord(memory, at, selected);
    }

    /// <summary>The bytes that all inverted indices below <paramref name="length"/> share.</summary>
    private static uint HighBytesOf(int length)
    {
        uint shared = 0;
        for (int shift = 24; shift >= 0 && length <= 1L << shift; shift -= 8)
            shared |= 255u << shift;
        return shared;
    }

    private static bool IsCandidate(ArrayView<float> memory, in TopFractionArgs args, int at) =>
        args.Candidates.LoadWord(memory, at) != 0 && !float.IsNaN(args.Scores.Load(memory, at));

    /// <summary><see cref="TopFractionShape.Key"/> in the words of kernels.</summary>
    private static uint KeyOf(ArrayView<float> memory, in TopFractionArgs args, int at)
    {
        uint bits = args.Scores.LoadWord(memory, at);
        if (bits == 0x8000_0000)
            bits = 0;
        return (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
    }
}
