using Smile.Host.Imaging;
using Smile.Host.Phantom;
using Smile.Host.Reports;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Net;
using Smile.Net.Augment;
using Smile.Net.Data;

namespace Smile.Bench.Pictures;

/// <summary>
/// <c>augment</c>: pictures for docs/settings.md. What training sees of one slice of a phantom under each preset: above the images,
/// below the labels that go with them.
/// </summary>
internal static class AugmentCommand
{
    private const int Columns = 6, Size = 160, Gap = 4;

    /// <summary>0; one PNG a preset is written to the folder.</summary>
    public static int Run(string folder)
    {
        CaseData slice = Slice();
        Directory.CreateDirectory(folder);
        foreach (string preset in AugmentPresets.All.Where(name => name != AugmentPresets.None))
        {
            string path = Path.Combine(folder, $"augment-{preset}.png");
            AtomicFile.Write(path, stream => stream.Write(Sheet(slice, AugmentPresets.Of(preset)).ToPng()));
            Console.WriteLine($"Written to {path}");
        }

        return 0;
    }

    /// <summary>The slice of a phantom that shows the most, as a case of its own.</summary>
    private static CaseData Slice()
    {
        (Volume image, LabelMap labels) = PhantomCase.Generate(new PhantomOptions { Height = Size, Width = Size, Seed = 3 }, 0);
        (int z, _) = SliceOverlay.FullestSlice(image.Geometry, labels.Voxels, PhantomCase.Organs.Count);
        int pixels = Size * Size;
        var volume = new Volume(image.Geometry with { Depth = 1 }, image.Slice(z).ToArray());
        return new CaseData("phantom", volume, labels.Voxels[(z * pixels)..((z + 1) * pixels)], annotated: 0b111);
    }

    private static Picture Sheet(CaseData slice, AugmentSettings augment)
    {
        var settings = new SamplerSettings { Batch = Columns, Height = Size, Width = Size, OrganShare = 0, Augment = augment };
        int pixels = Size * Size;
        var images = new float[Columns * pixels];
        var classes = new uint[Columns * pixels];
        new SliceSampler([slice], PhantomCase.Organs.Count, settings, new Rng(5)).Next(images, [], [], classes);
        var sheet = new Picture(Columns * (Size + Gap) - Gap, 2 * (Size + Gap) - Gap, new Colour(255, 255, 255));
        Colour[] colours = OrganColours.Of(PhantomCase.Organs);
        for (int n = 0; n < Columns; n++)
        {
            var volume = new Volume(slice.Geometry, images[(n * pixels)..((n + 1) * pixels)]);
            byte[] labels = [.. classes.Skip(n * pixels).Take(pixels).Select(c => c == SoftmaxShape.Ignored ? Labels.Ignore : (byte)c)];
            Place(sheet, SliceOverlay.Draw(volume, 0, [], colours, (-1, 1)), n, 0);
            Place(sheet, SliceOverlay.Draw(volume, 0, labels, colours, (-1, 1)), n, 1);
        }

        return sheet;
    }

    private static void Place(Picture sheet, Picture picture, int column, int row)
    {
        for (int y = 0; y < Size; y++)
            for (int x = 0; x < Size; x++)
                sheet[column * (Size + Gap) + x, row * (Size + Gap) + y] = picture[x, y];
    }
}
