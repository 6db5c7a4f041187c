using Smile.Net;
using Smile.Net.Runs;

namespace Smile.Host.Cases;

/// <summary>Finds the checkpoint that <c>--model</c> means.</summary>
internal static class ModelLocator
{
    private const string Pattern = "*.safetensors";

    /// <summary>
    /// A checkpoint file itself; of a run folder the best, else the final, else the latest checkpoint; left out: the one
    /// shipped in weights/.
    /// </summary>
    /// <exception cref="ConfigException">There is no such file, or the run has no checkpoint yet.</exception>
    public static string Find(string? model)
    {
        if (string.IsNullOrEmpty(model))
            return Shipped();
        if (File.Exists(model))
            return model;
        if (!Directory.Exists(model))
            throw new ConfigException($"{model}: no such file or folder. Give a checkpoint or a run folder to --model.");
        var run = new RunFolder(model);
        string[] candidates = [run.Best, run.Final, run.Latest];
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new ConfigException($"{model}: holds no checkpoint (looked for "
                + $"{string.Join(", ", candidates.Select(c => Path.GetRelativePath(model, c)))}). Is it a run folder?");
    }

    /// <summary>The checkpoint beside the program, or in the checkout that it was built in.</summary>
    private static string Shipped()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string weights = Path.Combine(folder.FullName, "weights");
            if (Directory.Exists(weights) && Directory.GetFiles(weights, Pattern) is [var only])
                return only;
        }

        throw new ConfigException($"No model was given and none lies in a folder 'weights' at or above {AppContext.BaseDirectory}. Name "
            + "one with --model.");
    }
}
