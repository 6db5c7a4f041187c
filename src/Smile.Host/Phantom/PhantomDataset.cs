using System.Globalization;
using System.Text.Json.Nodes;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Phantom;

/// <summary>Writes phantoms as a data set in nnU-Net v2 layout (docs/data.md).</summary>
internal static class PhantomDataset
{
    /// <summary>
    /// Writes cases 0 .. <paramref name="count"/> - 1 to imagesTr and labelsTr (int16 HU, uint8 labels), the next
    /// <paramref name="testCount"/> to imagesTs and labelsTs, and dataset.json last: a folder with one is whole. Cases are
    /// made on all cores; the files do not depend on how many there are.
    /// </summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="options">What each case is.</param>
    /// <param name="count">Training cases, at least 1.</param>
    /// <param name="testCount">Held-out cases.</param>
    /// <param name="progress">Told the number of cases written so far, from any thread.</param>
    /// <param name="cancellation">Stops between cases.</param>
    /// <exception cref="ConfigException">A count or an option is out of range, or the folder holds a data set already.</exception>
    /// <exception cref="DataException">A file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; no dataset.json is left.</exception>
    public static void Write(string folder, PhantomOptions options, int count, int testCount = 0,
        IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        if (count < 1 || testCount < 0)
            throw new ConfigException($"{count} training and {testCount} test phantoms were asked for; give at least 1 and 0.");
        string index = Path.Combine(folder, "dataset.json");
        if (File.Exists(index))
            throw new ConfigException($"{index} exists: the folder holds a data set. Remove it or name another folder.");
        CreateFolders(folder, testCount > 0 ? ["Tr", "Ts"] : ["Tr"]);

        int written = 0;
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        try
        {
            Parallel.For(0, count + testCount, parallel, i =>
            {
                (Volume image, LabelMap labels) = PhantomCase.Generate(options, i);
                string part = i < count ? "Tr" : "Ts";
                NiftiWriter.WriteInt16(Path.Combine(folder, "images" + part, Name(i) + "_0000.nii.gz"), image, NiftiHeader.Phantom);
                NiftiWriter.Write(Path.Combine(folder, "labels" + part, Name(i) + ".nii.gz"), labels);
                progress?.Report(Interlocked.Increment(ref written));
            });
        }
        catch (AggregateException e) when (e.InnerException is SmileException inner)
        {
            throw inner;
        }
        IndentedJson.Write(index, Index(count));
    }

    /// <summary>The name of case <paramref name="index"/>.</summary>
    public static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"case_{index:D3}");

    private static void CreateFolders(string folder, string[] parts)
    {
        try
        {
            foreach (string part in parts)
            {
                Directory.CreateDirectory(Path.Combine(folder, "images" + part));
                Directory.CreateDirectory(Path.Combine(folder, "labels" + part));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: cannot be made: {e.Message} Name another folder.", e);
        }
    }

    private static JsonObject Index(int count)
    {
        JsonObject labels = new() { ["background"] = 0 };
        for (int k = 0; k < PhantomCase.Organs.Count; k++)
            labels[PhantomCase.Organs[k]] = k + 1;
        return new()
        {
            ["channel_names"] = new JsonObject { ["0"] = "CT" },
            ["labels"] = labels,
            ["numTraining"] = count,
            ["file_ending"] = ".nii.gz",
        };
    }
}
