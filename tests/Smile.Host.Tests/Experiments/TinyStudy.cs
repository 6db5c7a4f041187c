using Smile.Host.Cli;
using Smile.Host.Commands;
using Smile.Host.Experiments;
using Smile.Host.Phantom;
using Smile.Host.Tests.Commands;
using Smile.Net.Models;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Experiments;

/// <summary>A study of a few updates on the smallest phantoms.</summary>
internal static class TinyStudy
{
    public static Study Study { get; } = new()
    {
        Name = "tiny",
        Phantom = new PhantomOptions { Depth = 12, Height = 48, Width = 48 },
        Cases = 6,
        Splits = 2,
        Seed = 3,
        Variants =
        [
            .. Study.MainVariants([0, 0.5]),
            new(StudyPresets.Rounds, Methods.Smiler, [0.5], ["relabel.gamma_max=1", "relabel.rounds=3"]),
        ],
        Settings = new RunSettings
        {
            Data = new DataSettings { Validation = 0.2 },
            Model = new ModelSettings { Width = 4, Head = "conv" },
            Train = new TrainSettings { Steps = 8, Batch = 2, Size = 48 },
            Run = new RunOptions { ValidateEvery = 4, Device = "cpu" },
        },
    };

    public static StudyData Data(Study? study = null) => StudyData.Load(Silent(new Interruption()), study ?? Study);

    public static Session Silent(Interruption interruption) =>
        new(TextWriter.Null, TextWriter.Null, interruption, live: false) { Quiet = true };

    public static CliResult Run(string folder, int jobs = 1, int part = 1, int parts = 1, Study? study = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var interruption = new Interruption();
        int code = ExperimentCommand.Run(new Session(output, error, interruption, live: false), study ?? Study, folder, jobs,
            part, parts);
        return new CliResult(code, output.ToString(), error.ToString());
    }
}
