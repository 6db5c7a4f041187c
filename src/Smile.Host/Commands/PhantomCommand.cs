using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Smile.Host.Phantom;
using Smile.Net;

namespace Smile.Host.Commands;

/// <summary><c>smile phantom</c>: writes a data set of synthetic abdominal CT.</summary>
internal static partial class PhantomCommand
{
    public static Command Create(Session session)
    {
        var defaults = new PhantomOptions();
        var output = new Option<string>("--output", "-o") { Description = "Folder to write; must not hold a data set already", Required = true, HelpName = "FOLDER" };
        var cases = new Option<int>("--cases", "-n") { Description = "Training cases", DefaultValueFactory = _ => 10, HelpName = "N" };
        var test = new Option<int>("--test") { Description = "Held-out cases (imagesTs, labelsTs)", DefaultValueFactory = _ => 0, HelpName = "N" };
        var size = new Option<string>("--size")
        {
            Description = "Voxels of a volume: slices x rows x columns",
            DefaultValueFactory = _ => $"{defaults.Depth}x{defaults.Height}x{defaults.Width}",
            HelpName = "ZxYxX",
        };
        var seed = new Option<ulong>("--seed") { Description = "Of the anatomy and the noise; the same seed gives the same files", DefaultValueFactory = _ => defaults.Seed, HelpName = "N" };
        var noise = new Option<double>("--noise") { Description = "Factor on the noise (12 to 20 HU); 0: none", DefaultValueFactory = _ => defaults.Noise, HelpName = "F" };
        var blur = new Option<double>("--blur") { Description = "In-plane blur, standard deviation in pixels", DefaultValueFactory = _ => defaults.Blur, HelpName = "PX" };
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
        session.Out.WriteLine($"{folder}: {cases} training and {test} test cases of {options.Depth} x {options.Height} x {options.Width} voxels (z, y, x)");
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
