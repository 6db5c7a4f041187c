using System.Diagnostics;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Import;

public sealed class InterruptedImportTests : DicomFolder
{
    private static readonly Geometry Grid = Geometry.Regular(2, 8, 8, 5, 1, 1);

    [Fact]
    public void Killed_in_the_middle_it_leaves_whole_cases_and_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the last image is a named pipe, from which nothing comes");
        string source = Path.Combine(Folder, "source"), killed = Path.Combine(Folder, "killed"), whole = Path.Combine(Folder, "whole");
        Directory.CreateDirectory(source);
        for (int i = 0; i < 4; i++)
            Write(source, i);
        File.WriteAllText(Path.Combine(source, "labels.json"), """{ "labels": { "background": 0, "liver": 1 } }""");
        Assert.Equal(0, SmileCli.Run("dataset", "import", source, "-o", whole).ExitCode);

        string last = Path.Combine(source, "3.nii");
        File.Delete(last);
        using (Process pipe = Process.Start("mkfifo", [last]))
            pipe.WaitForExit();
        string program = Path.Combine(AppContext.BaseDirectory, "smile");
        using (var process = Process.Start(new ProcessStartInfo(program,
            ["dataset", "import", source, "-o", killed, "--jobs", "1"])
        { RedirectStandardError = true })!)
        {
            while (!File.Exists(Path.Combine(killed, ".import", "case_0003.json")))
            {
                Assert.False(process.HasExited, "ended before the last case");
                Thread.Sleep(2);
            }

            process.Kill();
            process.WaitForExit();
        }

        Assert.False(File.Exists(Path.Combine(killed, "dataset.json")));
        Assert.Equal(["case_0001", "case_0002", "case_0003"],
            Directory.GetFiles(Path.Combine(killed, "imagesTr")).Select(f => Path.GetFileName(f)[..9]).Order());
        Assert.Equal(["case_0001", "case_0002", "case_0003"],
            Directory.GetFiles(Path.Combine(killed, "labelsTr")).Select(f => Path.GetFileName(f)[..9]).Order());

        File.Delete(last);
        Write(source, 3);
        // As a kill between two renames leaves it; and a case that is done is not made again.
        File.WriteAllText(Path.Combine(killed, ".import", "case_0004_0000.nii.gz.1-x.tmp"), "half");
        File.WriteAllText(Path.Combine(killed, "labelsTr", "case_0004.nii.gz"), "of another time");
        DateTime before = File.GetLastWriteTimeUtc(Path.Combine(killed, "imagesTr", "case_0001_0000.nii.gz"));
        CliResult result = SmileCli.Run("dataset", "import", source, "-o", killed);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(before, File.GetLastWriteTimeUtc(Path.Combine(killed, "imagesTr", "case_0001_0000.nii.gz")));
        Assert.Equal(Files(whole), Files(killed));
        foreach (string file in Files(whole))
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(killed, file)));
    }

    private static string[] Files(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f))
            .Order(StringComparer.Ordinal)];

    private static void Write(string folder, int i)
    {
        float[] voxels = [.. Enumerable.Range(0, (int)Grid.Voxels).Select(at => (float)(at * (i + 1) % 101))];
        NiftiWriter.WriteInt16(Path.Combine(folder, $"{i}.nii"), new Volume(Grid, voxels));
        NiftiWriter.Write(Path.Combine(folder, $"{i}_seg.nii"), new LabelMap(Grid, [.. voxels.Select(v => (byte)(v > 50 ? 1 : 0))]));
    }
}
