using Smile.Host.Tests.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Fuzz;

/// <summary>
/// Damaged DICOM and NIfTI files that reached new code in a coverage-guided run of bench/Smile.Fuzz; none may do more than be refused.
/// </summary>
public sealed class FuzzCorpusTests : DicomFolder
{
    [Fact]
    public void Two_thousand_damaged_files_are_read_or_refused()
    {
        using Stream stream = typeof(FuzzCorpusTests).Assembly.GetManifestResourceStream("fuzz-corpus.br")!;
        FuzzInput[] inputs = FuzzCorpus.Read(stream);
        Assert.Equal(2000, inputs.Length);
        using var sandbox = new FuzzSandbox(Directory.CreateDirectory(Path.Combine(Folder, "sandbox")).FullName);
        int accepted = 0;
        for (int n = 0; n < inputs.Length; n++)
        {
            try
            {
                accepted += sandbox.Run(inputs[n]) ? 1 : 0;
            }
            catch (FuzzFault fault)
            {
                Assert.Fail($"input {n} ({inputs[n].Kind}, {inputs[n].Bytes.Length} bytes): {fault.Message}");
            }
        }

        // If none or all were read the test would show nothing.
        Assert.InRange(accepted, inputs.Length / 20, inputs.Length * 19 / 20);
    }
}
