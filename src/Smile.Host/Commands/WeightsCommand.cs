using System.CommandLine;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Pretrained;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile weights</c>: backbones that others trained.</summary>
internal static class WeightsCommand
{
    private const string Ending = ".safetensors";

    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "An ONNX model whose normalisations are nodes of their own, or a safetensors file with torchvision's or timm's "
                + "names",
        };
        var output = Required<string>("--output -o", "FILE.safetensors", "The weights to write, for --set train.weights=FILE");
        var backbone = Default("--backbone", "NAME", "resnet18, resnet34, resnet50 or resnet101; blocks that the file has besides are "
            + "dropped from the end of their stage", "resnet18");
        var colours = Default("--colours", "NAME", "What images the file's network was trained on: imagenet (torchvision, timm: RGB, mean "
            + "and deviation of ImageNet), or bgr255 (Caffe, CNTK, ML.NET: BGR from 0 to 255 less a mean)", ImageColours.ImageNet.Name);
        var import = new Verb("import", "Makes a backbone of colour images one to begin from on CT.") { file, output, backbone, colours };
        import.Details = "The first convolution is summed over the three colours. Head and decoder have no weights in such a file; they "
            + "begin at random. docs/settings.md says where the weights of ResNet-18 can be had.";
        import.Examples = """
            smile weights import resnet50.safetensors -o imagenet.safetensors --backbone resnet50
            smile train --data Dataset001 -o runs/first --set model.backbone=resnet50 --set train.weights=imagenet.safetensors
            """;
        import.SetAction(parsed => Run(session, parsed.GetRequiredValue(file), parsed.GetRequiredValue(output),
            parsed.GetRequiredValue(backbone), parsed.GetRequiredValue(colours)));
        return new Verb("weights", "Weights to begin from.") { import };
    }

    private static int Run(Session session, string file, string output, string backbone, string colours)
    {
        if (!output.EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
            throw new ConfigException($"--output {output}: safetensors are written. Give the file the ending {Ending}.");
        ImageColours known = ImageColours.All.FirstOrDefault(each => each.Name == colours) ?? throw new ConfigException(
            $"--colours {colours}: {string.Join(" or ", ImageColours.All.Select(each => each.Name))} are possible.");
        LabelFiles.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(output))!);
        ImportedBackbone imported = BackboneImport.Write(file, output, backbone, known);
        if (imported.Dropped.Count > 0)
            session.Note($"dropped, since {backbone} has them not: {string.Join(", ", imported.Dropped)}");
        session.Out.WriteLine($"{output}: {Words.Count(imported.Tensors, "tensor", "tensors")} of {backbone}");
        return ExitCodes.Done;
    }
}
