using System.Text.Json;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>A pass of a convolution on a number of threads, and the algorithm that was the quickest there.</summary>
/// <param name="Shape">The convolution.</param>
/// <param name="Pass">Its pass.</param>
/// <param name="Threads">Of the backend.</param>
/// <param name="Algorithm">The quickest of those that can.</param>
internal readonly record struct ConvChoice(ConvShape Shape, ConvPass Pass, int Threads, ConvAlgorithm Algorithm);

/// <summary>
/// What was measured on this machine (<c>smile devices --tune</c>). It lies in the user's cache folder and is used by the device
/// "cpu:tuned" alone: another algorithm gives other bits, and the table of another machine another algorithm.
/// </summary>
/// <param name="processor"><see cref="Processor.Name"/> of the machine.</param>
/// <param name="bits">The vector width that was quicker, of what was measured last.</param>
/// <param name="choices">Each shape, pass and number of threads at most once.</param>
/// <exception cref="ArgumentException">One stands there twice.</exception>
internal sealed class ConvTable(string processor, int bits, IReadOnlyList<ConvChoice> choices)
{
    private const int Version = 1, MostBytes = 4 << 20;

    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    private readonly Dictionary<(ConvShape, ConvPass, int), ConvAlgorithm> _algorithms =
        choices.ToDictionary(each => (each.Shape, each.Pass, each.Threads), each => each.Algorithm);

    private sealed record Entry(int[] Shape, string Pass, int Threads, string Algorithm);

    private sealed record Stored(int Version, string Processor, int Bits, Entry[] Choices);

    /// <summary>The vector width.</summary>
    public int Bits => bits;

    /// <summary>What was measured.</summary>
    public IReadOnlyList<ConvChoice> Choices => choices;

    /// <summary>The file of this user; null where the user has no cache folder.</summary>
    public static string? UserFile() => PtxCache.Root() is { } root ? Path.Combine(root, "cpu-convolutions.json") : null;

    /// <summary>The measured algorithm; null where this was not measured.</summary>
    public ConvAlgorithm? Find(in ConvShape shape, ConvPass pass, int threads) =>
        _algorithms.TryGetValue((shape, pass, threads), out ConvAlgorithm algorithm) ? algorithm : null;

    /// <summary>
    /// The table with what a file holds of other convolutions; without it where the file is not of this machine and vector width.
    /// </summary>
    public ConvTable Join(string path)
    {
        try
        {
            ConvTable kept = Read(path);
            return kept.Bits != bits ? this : new ConvTable(processor, bits,
                [.. choices, .. kept.Choices.Where(each => Find(each.Shape, each.Pass, each.Threads) is null)]);
        }
        catch (BackendException)
        {
            return this;
        }
    }

    /// <summary>Writes the table through a temporary file that is renamed.</summary>
    /// <exception cref="BackendException">It cannot be written.</exception>
    public void Write(string path)
    {
        var stored = new Stored(Version, processor, bits, [.. choices.Select(each => new Entry(Numbers(each.Shape), each.Pass.ToString(),
            each.Threads, each.Algorithm.ToString()))]);
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(temporary, JsonSerializer.Serialize(stored, _json));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackendException($"{path}: what was measured cannot be kept: {e.Message} Name another folder with SMILE_CACHE.", e);
        }
    }

    /// <summary>Reads a table that this machine made.</summary>
    /// <exception cref="BackendException">There is none, it is damaged, or another machine's.</exception>
    public static ConvTable Read(string? path)
    {
        const string make = "`smile devices --tune` makes one";
        if (path is null || !File.Exists(path))
            throw new BackendException($"cpu:tuned: no convolutions were measured on this machine ({path ?? "no cache folder"}); {make}.");
        try
        {
            if (new FileInfo(path).Length > MostBytes)
                throw new JsonException("it is too long");
            Stored stored = JsonSerializer.Deserialize<Stored>(File.ReadAllText(path)) ?? throw new JsonException("it is empty");
            if (stored.Version != Version || stored.Bits is not (128 or 256 or 512))
                throw new JsonException("it is of another version");
            if (stored.Processor != Processor.This.Name || stored.Bits > Processor.This.VectorBits)
                throw new BackendException($"cpu:tuned: {path} was measured on {stored.Processor}, and this is "
                    + $"{Processor.This.Name}; {make} anew.");
            return new ConvTable(stored.Processor, stored.Bits, [.. stored.Choices.Select(ChoiceOf)]);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NullReferenceException or IOException
            or UnauthorizedAccessException)
        {
            throw new BackendException($"cpu:tuned: {path} cannot be used: {e.Message} Delete it; {make}.", e);
        }
    }

    private static ConvChoice ChoiceOf(Entry entry)
    {
        if (entry.Shape is not [var batch, var height, var width, var inputs, var outputs, var kernel, var stride, var dilation, var pad])
            throw new JsonException("a shape has not nine numbers.");
        var shape = new ConvShape(batch, height, width, inputs, outputs, kernel, stride, dilation, pad);
        shape.Validate();
        ConvPass pass = Enum.Parse<ConvPass>(entry.Pass);
        ConvAlgorithm algorithm = Enum.Parse<ConvAlgorithm>(entry.Algorithm);
        return Enum.IsDefined(pass) && Enum.IsDefined(algorithm) && algorithm.Supports(shape, pass)
            ? new ConvChoice(shape, pass, entry.Threads, algorithm)
            : throw new JsonException($"{entry.Algorithm} cannot do the {entry.Pass} of {shape}.");
    }

    private static int[] Numbers(in ConvShape s) =>
        [s.Batch, s.Height, s.Width, s.InChannels, s.OutChannels, s.Kernel, s.Stride, s.Dilation, s.Pad];
}
