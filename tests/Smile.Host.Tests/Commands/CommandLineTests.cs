using Smile.Host.Cli;
using Smile.Host.Tests.Architecture;
using Smile.Net;

namespace Smile.Host.Tests.Commands;

public sealed class CommandLineTests
{
    private static readonly string[] _verbs = ["demo", "phantom", "dataset", "train", "relabel", "predict", "evaluate", "export", "profile",
        "experiment", "devices"];

    [Fact]
    public void Help_lists_every_verb_and_the_exit_codes()
    {
        var help = SmileCli.Run("--help");
        Assert.Equal(0, help.ExitCode);
        Assert.All(_verbs, verb => Assert.Contains($"\n  {verb} ", help.Out, StringComparison.Ordinal));
        Assert.Contains("Exit codes:", help.Out, StringComparison.Ordinal);
        Assert.Equal("", help.Error);
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("phantom")]
    [InlineData("dataset import")]
    [InlineData("dataset check")]
    [InlineData("dataset drop")]
    [InlineData("dataset table1")]
    [InlineData("train")]
    [InlineData("relabel")]
    [InlineData("predict")]
    [InlineData("evaluate")]
    [InlineData("export")]
    [InlineData("profile")]
    [InlineData("experiment")]
    [InlineData("experiment merge")]
    [InlineData("devices")]
    public void Help_of_each_verb_describes_it_and_gives_an_example(string verb)
    {
        var help = SmileCli.Run([.. verb.Split(' '), "--help"]);
        Assert.Equal(0, help.ExitCode);
        Assert.Contains($"smile {verb}", help.Out[help.Out.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_that_of_the_package_and_of_what_runs_and_models_carry()
    {
        var version = SmileCli.Run("--version");
        Assert.Equal((0, SmileVersion.Text + Environment.NewLine), (version.ExitCode, version.Out));
        string[] parts = SmileVersion.Text.Split('+');
        string props = File.ReadAllText(SourceFiles.At("Directory.Build.props"));
        Assert.Contains($"<Version>{parts[0]}</Version>", props, StringComparison.Ordinal);
        Assert.Contains($"\n## {parts[0]}\n", File.ReadAllText(SourceFiles.At("CHANGELOG.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_shell_asks_for_is_completed()
    {
        const string Line = "smile predict --format ";
        var completed = SmileCli.Run($"[suggest:{Line.Length}]", Line);
        Assert.Equal(["masks", "nifti", "rtstruct", "seg"], completed.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("runs/first-2.5", "runs/first-2.5")]
    [InlineData("läufe", "läufe")]
    [InlineData("my runs", "'my runs'")]
    [InlineData("$HOME's", @"'$HOME'\''s'")]
    [InlineData("", "''")]
    public void Printed_command_lines_can_be_copied(string word, string quoted)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "another shell");
        Assert.Equal(quoted, ShellText.Quoted(word));
    }

    [Fact]
    public void An_unknown_verb_exits_2_and_suggests_help()
    {
        var result = SmileCli.Run("devizes");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("devizes", result.Error, StringComparison.Ordinal);
        Assert.Contains("smile --help", result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }

    [Fact]
    public void An_unknown_option_exits_2_and_names_the_verb()
    {
        var result = SmileCli.Run("devices", "--all");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--all", result.Error, StringComparison.Ordinal);
        Assert.Contains("smile devices --help", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_fails_in_a_parallel_loop_is_told_by_itself()
    {
        string output = Directory.CreateTempSubdirectory("smile-phantom-").FullName;
        string inTheWay = Directory.CreateDirectory(Path.Combine(output, "imagesTr", "case_001_0000.nii.gz")).FullName;
        var result = SmileCli.Run("phantom", "-o", output, "-n", "2", "--size", "12x48x48");
        Directory.Delete(output, recursive: true);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains(inTheWay, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("One or more errors", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train", "--data", "set", "-o", "")]
    [InlineData("train", "--data", "set", "--output=")]
    [InlineData("dataset", "check", "")]
    public void An_empty_argument_is_not_the_current_folder(params string[] args) => SmileCli.Fails(2, args, "empty argument", "not set");

    [Fact]
    public void Without_a_verb_help_is_shown_where_errors_are()
    {
        var bare = SmileCli.Run();
        Assert.Equal((2, ""), (bare.ExitCode, bare.Out));
        Assert.Equal(SmileCli.Run("--help").Out, bare.Error);
    }

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help train", "train --help")]
    [InlineData("help dataset drop", "dataset drop --help")]
    public void Help_is_a_verb_too(string asked, string shown)
    {
        var help = SmileCli.Run(asked.Split(' '));
        Assert.Equal((0, SmileCli.Run(shown.Split(' ')).Out, ""), (help.ExitCode, help.Out, help.Error));
    }

    [Theory]
    [InlineData("trian --output runs/a", "unknown command 'trian'. Did you mean 'train'?", "smile --help")]
    [InlineData("dataset chek DIR", "unknown command 'chek'. Did you mean 'check'?", "smile dataset --help")]
    [InlineData("xyzzy", "unknown command 'xyzzy'.", "smile --help")]
    [InlineData("train --output a --stepss 5", "unknown option '--stepss'. Did you mean '--steps'?", "smile train --help")]
    [InlineData("train --stepss=5", "unknown option '--stepss'. Did you mean '--steps'?", "smile train --help")]
    [InlineData("train --data a b --stepss 5", "unknown option '--stepss'. Did you mean '--steps'?", "smile train --help")]
    [InlineData("devices --verbos", "unknown option '--verbos'. Did you mean '--verbose'?", "smile devices --help")]
    [InlineData("devices --all", "unknown option '--all'.", "smile devices --help")]
    public void What_is_mistyped_is_refused_with_what_was_meant(string typed, string told, string help)
    {
        var result = SmileCli.Run(typed.Split(' '));
        Assert.Equal((2, ""), (result.ExitCode, result.Out));
        Assert.Equal($"smile: error: {told}\nSee '{help}'.\n", result.Error.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Devices_are_listed()
    {
        var result = SmileCli.Run("devices");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("scalar", result.Out, StringComparison.Ordinal);
    }
}
