using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.Resize;

namespace Smile.Kernels.Ops.ResizedBce;

/// <summary>
/// How the labels are cut: a tile is the label rows between two rows of logits (the lower one not included), and a run of label columns, a
/// thread a column and organ. So each label is read by one group, once; the two rows of logits lie in shared memory, and the gradients of
/// the two rows are summed over the tile's rows in registers before they are gathered along the columns.
/// </summary>
internal readonly struct ResizedBceTiles
{
    /// <summary>Logits of a row that a tile may read.</summary>
    public const int MaxRowWords = 512;

    private const int Sector = 8, LossWidth = 4;

    public readonly ResizeAxis Rows, Columns;
    public readonly int Organs, Width, Across, RowWords;
    public readonly Columns Lanes, LossColumns;

    public ResizedBceTiles(ResizedBceShape shape, int groupSize)
    {
        (Rows, Columns, Organs) = (new ResizeAxis(shape.Height, shape.OutHeight), new ResizeAxis(shape.Width, shape.OutWidth),
            shape.Organs);
        int most = groupSize / Organs;
        while (most > 1 && RowWordsOf(most) > MaxRowWords)
            most--;
        if (most >= Sector)
            most -= most % Sector;
        int even = Integers.CeilingDivide(shape.OutWidth, Integers.CeilingDivide(shape.OutWidth, most));
        Width = Math.Min(most, (even + Sector - 1) / Sector * Sector);
        Across = Integers.CeilingDivide(shape.OutWidth, Width);
        RowWords = RowWordsOf(Width);
        Lanes = new Columns(1, 1, Organs, Width * Organs);
        LossColumns = new Columns(1, 1, (Organs + LossWidth - 1) / LossWidth * LossWidth, groupSize, LossWidth);
    }

    /// <summary>Words of a tile's losses and counts, a pair an organ: whole sectors.</summary>
    public int LossWords => 2 * LossColumns.Count;

    /// <summary>Words of a tile's gradients: of its upper row of logits, then of its lower.</summary>
    public int EdgeWords => 2 * RowWords;

    public int PartialWords => LossWords + EdgeWords;

    /// <summary>The first column of logits that a tile reads.</summary>
    public int FirstColumn(int tile) => Columns.Low(Columns.Position(tile * Width));

    /// <summary>
    /// Words that a tile's logits and gradients of a row are kept behind the start of their place, so that they lie in sectors as in the
    /// tensor.
    /// </summary>
    public int Shift(int firstColumn) => firstColumn * Organs % Sector;

    /// <summary>The last column of logits that a tile reads.</summary>
    public int LastColumn(int tile) =>
        Columns.High(Columns.Low(Columns.Position(IntrinsicMath.Min((tile + 1) * Width, Columns.OutSize) - 1)));

    /// <summary>Words of a row of logits that a run of label columns reads at most, from a sector's start.</summary>
    private int RowWordsOf(int width)
    {
        int columns = Math.Min(Columns.Size, (int)((width - 1) * (double)Columns.Ratio) + 3);
        return (columns * Organs + 2 * (Sector - 1)) / Sector * Sector;
    }
}

internal struct ResizedBceArgs
{
    public ResizedBceTiles Tiles;
    public GpuSpan Logits, IsOrgan, IsKnown, LossSums, KnownCounts, Dlogits, Losses, Edges;
    public int FirstRow, RowCount, Groups;
    public float Scale;

    /// <summary>Rows of logits that the slice gives a gradient to: the last label rows reach one row further.</summary>
    public readonly int RowsTouched => IntrinsicMath.Min(RowCount + 1, Tiles.Rows.Size - FirstRow);

    /// <summary>The slice adds to what an earlier one has left. Written as a number: so there is no branch for it in the kernel.</summary>
    public readonly Into Into => (Into)(FirstRow > 0 ? 1 : 0);
}

internal static class ResizedBceKernels
{
    /// <summary>Labels in shared memory at a time.</summary>
    private const int StageWords = 1024;

    public static readonly GpuKernel<ResizedBceArgs> Tiles = new(ResizedBceTile, GpuKernel.AnyGroup);
    public static readonly GpuKernel<ResizedBceArgs> Gradient = new(ResizedBceGradient, GpuKernel.AnyGroup);
    public static readonly GpuKernel<ResizedBceArgs> Loss = new(ResizedBceLoss, GpuKernel.AnyGroup);

    private static void ResizedBceTile(ArrayView<float> memory, ResizedBceArgs args)
    {
        ArrayView<float> rows = SharedMemory.Allocate<float>(2 * ResizedBceTiles.MaxRowWords),
            sums = SharedMemory.Allocate<float>(2 * GpuKernel.LargestGroup);
        ArrayView<uint> organs = SharedMemory.Allocate<uint>(StageWords), known = SharedMemory.Allocate<uint>(StageWords);
        int thread = Group.IdxX, tile = Grid.IdxX % args.Tiles.Across, line = Grid.IdxX / args.Tiles.Across;
        int image = line / args.RowCount, row = args.FirstRow + line % args.RowCount, count = args.Tiles.Organs;
        int start = tile * args.Tiles.Width, pixels = IntrinsicMath.Min(args.Tiles.Width, args.Tiles.Columns.OutSize - start);
        int column = args.Tiles.FirstColumn(tile), shift = args.Tiles.Shift(column);
        int words = (args.Tiles.LastColumn(tile) - column + 1) * count + shift, rowStart = column * count - shift;
        for (int i = thread; i < words; i += Group.DimX)
        {
            if (i < shift)
                continue;
            rows[i] = args.Logits.Load(memory, (image * args.Tiles.Rows.Size + row) * args.Tiles.Columns.Size * count + rowStart + i);
            rows[ResizedBceTiles.MaxRowWords + i] = args.Logits.Load(memory,
                (image * args.Tiles.Rows.Size + args.Tiles.Rows.High(row)) * args.Tiles.Columns.Size * count + rowStart + i);
        }

        Group.Barrier();
        int pixel = thread / count, organ = thread % count;
        float upper = 0, lower = 0;
        if (pixel < pixels)
        {
            float position = args.Tiles.Columns.Position(start + pixel);
            int low = args.Tiles.Columns.Low(position), left = low * count + organ - rowStart;
            int right = args.Tiles.Columns.High(low) * count + organ - rowStart;
            upper = rows[left] + (position - low) * (rows[right] - rows[left]);
            float leftBelow = rows[ResizedBceTiles.MaxRowWords + left];
            lower = leftBelow + (position - low) * (rows[ResizedBceTiles.MaxRowWords + right] - leftBelow);
        }

        float loss = 0, dupper = 0, dlower = 0;
        uint knownCount = 0;
        int end = args.Tiles.Rows.FirstFrom(row + 1), stage = StageWords / args.Tiles.Width;
        for (int first = args.Tiles.Rows.FirstFrom(row); first < end; first += stage)
        {
            int height = IntrinsicMath.Min(stage, end - first);
            for (int i = thread; i < height * args.Tiles.Width; i += Group.DimX)
            {
                if (i % args.Tiles.Width >= pixels)
                    continue;
                int at = (image * args.Tiles.Rows.OutSize + first + i / args.Tiles.Width) * args.Tiles.Columns.OutSize + start
                    + i % args.Tiles.Width;
                organs[i] = args.IsOrgan.LoadWord(memory, at);
                known[i] = args.IsKnown.LoadWord(memory, at);
            }

            Group.Barrier();
            for (int i = 0; pixel < pixels && i < height; i++)
            {
                int at = i * args.Tiles.Width + pixel;
                if ((known[at] >> organ & 1) == 0)
                    continue;
                float down = args.Tiles.Rows.Position(first + i) - row;
                BceTerm term = BceTerm.Of(upper + down * (lower - upper), organs[at] >> organ & 1);
                float gradient = args.Scale * term.Gradient;
                loss += term.Loss;
                knownCount++;
                dupper += (1 - down) * gradient;
                dlower += down * gradient;
            }

            Group.Barrier();
        }

        CountedSum total = args.Tiles.Lanes.GroupTotal(new CountedSum(loss, knownCount));
        if (thread < count)
            args.Losses.AlignedAs<CountedSum>(memory)[Grid.IdxX * args.Tiles.LossColumns.Count + thread] = total;
        if (args.Dlogits.Length == 0)
            return;

        sums[thread] = dupper;
        sums[GpuKernel.LargestGroup + thread] = dlower;
        Group.Barrier();
        for (int i = thread; i < words; i += Group.DimX)
        {
            if (i < shift)
                continue;
            int to = (rowStart + i) / count, firstReader = IntrinsicMath.Max(start, args.Tiles.Columns.FirstReader(to));
            int endOfReaders = IntrinsicMath.Min(start + pixels, args.Tiles.Columns.EndOfReaders(to));
            float above = 0, below = 0;
            for (int q = firstReader; q < endOfReaders; q++)
            {
                float across = args.Tiles.Columns.Weight(q, to);
                if (across == 0)
                    continue;
                int at = (q - start) * count + (rowStart + i) % count;
                above += across * sums[at];
                below += across * sums[GpuKernel.LargestGroup + at];
            }

            args.Edges.Store(memory, Grid.IdxX * args.Tiles.EdgeWords + i, above, Into.Set);
            args.Edges.Store(memory, Grid.IdxX * args.Tiles.EdgeWords + args.Tiles.RowWords + i, below, Into.Set);
        }
    }

    /// <summary>
    /// A logit's gradient: from the label rows below its row and those above it, each from the tiles that read its column.
    /// </summary>
    private static void ResizedBceGradient(ArrayView<float> memory, ResizedBceArgs args)
    {
        int at = Element.Single, rows = args.RowsTouched, count = args.Tiles.Organs;
        int organ = at % count, pixel = at / count, column = pixel % args.Tiles.Columns.Size, line = pixel / args.Tiles.Columns.Size;
        int image = line / rows, row = args.FirstRow + line % rows;
        if (!Element.IsInside(image, args.Dlogits.Length / (args.Tiles.Rows.Size * args.Tiles.Columns.Size * count)))
            return;
        float sum = 0;
        int firstTile = args.Tiles.Columns.FirstReader(column) / args.Tiles.Width;
        firstTile -= firstTile % 4; // neighbouring threads ask a tile at the same time
        int lastTile = IntrinsicMath.Min(args.Tiles.Across - 1, args.Tiles.Columns.EndOfReaders(column) / args.Tiles.Width);
        for (int tile = firstTile; tile <= lastTile; tile++)
        {
            int first = args.Tiles.FirstColumn(tile);
            if (column < first || column > args.Tiles.LastColumn(tile))
                continue;
            int word = args.Tiles.Shift(first) + (column - first) * count + organ;
            int group = (image * args.RowCount + row - args.FirstRow) * args.Tiles.Across + tile;
            if (row > args.FirstRow)
                sum += args.Edges.Load(memory, (group - args.Tiles.Across) * args.Tiles.EdgeWords + args.Tiles.RowWords + word);
            if (row == args.FirstRow + args.RowCount)
                continue;
            sum += args.Edges.Load(memory, group * args.Tiles.EdgeWords + word);
            if (row == args.Tiles.Rows.Size - 1) // the last row is its own lower row
                sum += args.Edges.Load(memory, group * args.Tiles.EdgeWords + args.Tiles.RowWords + word);
        }

        args.Dlogits.Store(memory, ((image * args.Tiles.Rows.Size + row) * args.Tiles.Columns.Size + column) * count + organ, sum,
            row == args.FirstRow ? args.Into : Into.Set);
    }

    private static void ResizedBceLoss(ArrayView<float> memory, ResizedBceArgs args)
    {
        int organ = args.Tiles.LossColumns.Column, lanes = args.Tiles.LossColumns.Lanes;
        ArrayView<CountedSum> losses = args.Losses.AlignedAs<CountedSum>(memory);
        CountedSum sum = default;
        int lane = Group.IdxX / args.Tiles.LossColumns.Width;
        for (int i = lane; lane < lanes && organ < args.Tiles.Organs && i < args.Groups; i += lanes)
            sum = CountedSum.Combine(sum, losses[i * args.Tiles.LossColumns.Count + organ]);
        sum = args.Tiles.LossColumns.GroupTotal(sum);
        if (!args.Tiles.LossColumns.IsFirst || organ >= args.Tiles.Organs)
            return;
        uint before = 0;
        if (args.Into != Into.Set)
            before = args.KnownCounts.LoadWord(memory, organ);
        args.LossSums.Store(memory, organ, sum.Sum, args.Into);
        args.KnownCounts.StoreWord(memory, organ, before + sum.Count);
    }
}
