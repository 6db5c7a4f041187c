using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.ResizedBce;

/// <summary>
/// The loss of training in one operation: logits resized to the labels' size, the masked loss there, and the gradient of the logits.
/// </summary>
/// <param name="queue">Where work is queued.</param>
/// <param name="workspaceWords">Words for the tiles' sums.</param>
internal sealed class ResizedBceGpu(GpuQueue queue, int workspaceWords)
{
    /// <summary>Words for the tiles' sums (16 MiB): labels are taken in slices of rows so that they fit.</summary>
    public const int WorkspaceWords = 4 << 20;

    private readonly GpuWorkspace _tiles = queue.Workspace("sums of the resized loss's tiles", workspaceWords);

    /// <summary>
    /// In slices of label rows, so that what the groups leave for the sums fits the workspace: one slice for the sizes of training. A slice
    /// is the rows that lie below some rows of logits, of all images.
    /// </summary>
    public void Compute(in ResizedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts,
        Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        var args = new ResizedBceArgs
        {
            Tiles = new ResizedBceTiles(shape, queue.GroupSize),
            Logits = queue.Span(logits),
            IsOrgan = queue.Span(isOrgan),
            IsKnown = queue.Span(isKnown),
            LossSums = queue.Span(lossSums),
            KnownCounts = queue.Span(knownCounts),
            Dlogits = queue.Span(dlogits),
            Scale = shape.Scale,
        };
        int tilesARow = shape.Batch * args.Tiles.Across, most = (int)(_tiles.Words / ((long)tilesARow * args.Tiles.PartialWords));
        if (most == 0)
            throw new ArgumentException($"The partial sums of one row of {shape} do not fit the workspace of {_tiles.Words} words.");
        for (args.FirstRow = 0; args.FirstRow < shape.Height; args.FirstRow += args.RowCount)
        {
            args.RowCount = Math.Min(most, shape.Height - args.FirstRow);
            args.Groups = args.RowCount * tilesARow;
            args.Edges = _tiles.Part(0, (long)args.Groups * args.Tiles.EdgeWords);
            args.Losses = _tiles.Part(args.Edges.Length, (long)args.Groups * args.Tiles.LossWords);
            queue.Launch(ResizedBceKernels.Tiles, args.Groups, 1, args);
            queue.Launch(ResizedBceKernels.Loss, args.Tiles.LossColumns.Tiles, 1, args);
            if (!dlogits.IsNone)
                queue.LaunchSingles(ResizedBceKernels.Gradient, shape.Batch * args.RowsTouched * shape.Width * shape.Organs, args);
        }
    }
}
