using Smile.Kernels.Memory;
using Smile.Kernels.Ops.ResizedBce;

namespace Smile.Kernels.Backend;

internal sealed partial class GpuBackend
{
    /// <summary>
    /// In slices of label rows, so that what the groups leave for the sums fits the workspace: one slice for the sizes of training. A slice is the rows that lie
    /// below some rows of logits, of all images.
    /// </summary>
    public void ResizedBce(in ResizedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts, Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        var args = new ResizedBceArgs
        {
            Tiles = new ResizedBceTiles(shape, runtime.Limits.GroupSize),
            Logits = Span(logits),
            IsOrgan = Span(isOrgan),
            IsKnown = Span(isKnown),
            LossSums = Span(lossSums),
            KnownCounts = Span(knownCounts),
            Dlogits = Span(dlogits),
            Scale = shape.Scale,
        };
        int tilesARow = shape.Batch * args.Tiles.Across, most = (int)(_workspace.Length / ((long)tilesARow * args.Tiles.PartialWords));
        if (most == 0)
            throw new ArgumentException($"The partial sums of one row of {shape} do not fit the workspace of {_workspace.Length} words.");
        for (args.FirstRow = 0; args.FirstRow < shape.Height; args.FirstRow += args.RowCount)
        {
            args.RowCount = Math.Min(most, shape.Height - args.FirstRow);
            args.Groups = args.RowCount * tilesARow;
            args.Edges = Part(_workspace, 0, (long)args.Groups * args.Tiles.EdgeWords);
            args.Losses = Part(_workspace, args.Edges.Length, (long)args.Groups * args.Tiles.LossWords);
            runtime.Launch(ResizedBceKernels.Tiles, args.Groups, 1, args);
            runtime.Launch(ResizedBceKernels.Loss, args.Tiles.LossColumns.Tiles, 1, args);
            if (!dlogits.IsNone)
                Singles(ResizedBceKernels.Gradient, shape.Batch * args.RowsTouched * shape.Width * shape.Organs, args);
        }
    }
}
