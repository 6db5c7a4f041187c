using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Smile.Host.Cli;
using Smile.Host.Phantom;
using Smile.Net;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile phantom</c>: writes a data set of synthetic abdominal CT.</summary>
internal static partial class PhantomCommand
{
    public static Command Create(Session session)
    {
        var defaults = new PhantomOptions();
        var output = Required<string>("--output -o", "FOLDER", "Folder to write; must not hold a data set already");
        var cases = Default("--cases -n", "N", "Training cases", 10);
        var test = Default("--test", "N", "Held-out cases (imagesTs, labelsTs)", 0);
        var size = new Option<string>("--size")
        {
            Description = "Voxels of a volume: slices x rows x columns",
            DefaultValueFactory = _ => $"{defaults.Depth}x{defaults.Height}x{defaults.Width}",
            HelpName = "ZxYxX",
        };
        var seed = Default("--seed", "N", "Of the anatomy and the noise; the same seed gives the same files", defaults.Seed);
        var noise = Default("--noise", "F", "Factor on the noise (12 to 20 HU); 0: none", defaults.Noise);
        var blur = Default("--blur", "PX", "In-plane blur, standard deviation in pixels", defaults.Blur);
        var command = new Verb("phantom", "Writes a data set of synthetic abdominal CT.")
        {
            output, cases, test, size, seed, noise, blur,
        };
        command.Details = "Images are in HU; label maps of liver, pancreas and stomach; nnU-Net's layout.";
        command.Examples = """
            smile phantom -o phantoms                        10 training cases of 24x96x96 voxels
            smile phantom -o big -n 50 --test 10 --size 48x192x192 --seed 7
            """;
        command.SetAction(parsed =>
        {
            var (depth, height, width) = ParseSize(parsed.GetRequiredValue(size));
            var options = new PhantomOptions
            {
                Depth = depth,
                Height = height,
                Width = width,
                Seed = parsed.GetValue(seed),
                Noise = parsed.GetValue(noise),
                Blur = parsed.GetValue(blur),
            };
            return Run(session, parsed.GetRequiredValue(output), options, parsed.GetValue(cases), parsed.GetValue(test));
        });
        return command;
    }

    private static int Run(Session session, string folder, PhantomOptions options, int cases, int test)
    {
        session.Work("phantoms", cases + test, work =>
            PhantomDataset.Write(folder, options, cases, test, new CountRelay(work), session.Stop));
        session.Out.WriteLine($"{folder}: {cases} training and {Words.Count(test, "test case", "test cases")} of {options.Depth} x "
            + $"{options.Height} x {options.Width} "
            + "voxels (z, y, x)");
        return ExitCodes.Done;
    }

    private static (int Depth, int Height, int Width) ParseSize(string text)
    {
        var match = Size().Match(text);
        if (!match.Success)
            throw new ConfigException($"--size {text}: slices x rows x columns are expected, as in --size 24x96x96.");
        var numbers = match.Groups.Values.Skip(1).Select(g => int.Parse(g.Value, CultureInfo.InvariantCulture)).ToArray();
        return (numbers[0], numbers[1], numbers[2]);
    }

    [GeneratedRegex(@"^(\d{1,5})x(\d{1,5})x(\d{1,5})$")]
    private static partial Regex Size();
}
