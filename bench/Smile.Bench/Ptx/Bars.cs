namespace Smile.Bench.Ptx;

/// <summary>A bar that a kernel misses.</summary>
/// <param name="Row">The kernel.</param>
/// <param name="What">The number and what was asked.</param>
/// <param name="Fails">False where it is told only.</param>
internal sealed record Miss(LaunchRow Row, string What, bool Fails)
{
    public override string ToString() => $"{Row.Kernel} ({Row.Case}): {What}";
}

/// <summary>The bars of docs/roofline.md.</summary>
internal static class Bars
{
    public const double LeastFmaShare = 0.75, LeastMmaShare = 1.0 / 3, MostOfTiling = 1.1, MostOfStream = 1.05;

    /// <summary>The bars that a kernel misses. Written so that what is no number misses.</summary>
    public static IEnumerable<Miss> Missed(LaunchRow row)
    {
        if (row.Bar == Bar.None)
            return [];
        if (row.Bar == Bar.Stream)
            return [.. Stream(row).Select(what => new Miss(row, what, true))];
        return [.. Product(row).Select(what => new Miss(row, what, row.Bar != Bar.ConvolutionGradient))];
    }

    private static IEnumerable<string> Stream(LaunchRow row)
    {
        if (!(row.TouchedRatio <= MostOfStream))
            yield return InvariantText.Of($"sectors are {row.TouchedRatio:F3} times those touched, at most {MostOfStream} asked");
        if (!(row.ReadRatio <= MostOfStream))
            yield return InvariantText.Of($"bytes read are {row.ReadRatio:F3} times the input, at most {MostOfStream} asked");
    }

    private static IEnumerable<string> Product(LaunchRow row)
    {
        if (row.MainLoop is not { } loop)
        {
            yield return "it has no loop";
            yield break;
        }

        if (row.Bar == Bar.Tensor && !(loop.MmaShare >= LeastMmaShare))
            yield return InvariantText.Of($"mma is {loop.MmaShare:P1} of the main loop, at least {LeastMmaShare:P1} asked");
        if (row.Bar != Bar.Tensor && !(loop.FmaShare >= LeastFmaShare))
            yield return InvariantText.Of($"FMA is {loop.FmaShare:P1} of the main loop, at least {LeastFmaShare:P0} asked");
        if (loop.BankConflicts != 0)
            yield return InvariantText.Of($"{loop.BankConflicts} bank conflicts in the main loop, none asked");
        if (row.Bar != Bar.Tensor && !(row.TilingRatio <= MostOfTiling))
            yield return InvariantText.Of($"sectors are {row.TilingRatio:F3} times those of its tiling, at most {MostOfTiling} asked");
        if (row.LocalBytes != 0)
            yield return InvariantText.Of($"{row.LocalBytes} bytes of local memory a thread, none asked");
    }
}
