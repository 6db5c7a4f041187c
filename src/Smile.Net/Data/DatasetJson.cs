using System.Text.Json;
using System.Text.RegularExpressions;

namespace Smile.Net.Data;

/// <summary>A case as a data set lists it: full paths, checked as text but not yet looked for on the disk.</summary>
public readonly record struct ListedCase(string Id, string Image, string? Label)
{
    /// <summary>Of a partly annotated case of a relabelled data set the map of labelsTr; <see cref="Label"/> is the annotation.</summary>
    public string? Merged { get; init; }
}

/// <summary>
/// What a dataset.json says. Read as nnU-Net v2, nnU-Net v1 and the Medical Segmentation Decathlon (MSD) write it: labels
/// name -> integer or integer -> name; cases under "dataset", under "training", or not at all.
/// </summary>
public sealed partial class DatasetJson
{
    public const string FileName = "dataset.json";

    /// <summary>Words by which data sets declare images that are no CT.</summary>
    private static readonly HashSet<string> OtherModalities =
    [
        "MR", "MRI", "T1", "T1W", "T1C", "T1CE", "T1GD", "T2", "T2W", "FLAIR", "DWI", "ADC", "SWI", "DCE", "PET", "PT", "SUV", "SPECT",
        "NM",
        "US", "ULTRASOUND", "XRAY", "RAY", "CR", "DX", "MG", "OCT", "RGB", "RED", "GREEN", "BLUE", "MICROSCOPY", "FUNDUS",
    ];

    private readonly string _folder;
    private readonly string _path;

    private DatasetJson(string folder, JsonElement root)
    {
        (_folder, _path) = (folder, Path.Combine(folder, FileName));
        JsonFile.Expect(root, JsonValueKind.Object, _path, "the file");
        FileEnding = ReadFileEnding(root);
        CheckChannels(root);
        Labels = LabelNames.Of(root, _path);
        PseudoLabels = PseudoIndex.Of(root, _path);
        Training = JsonFile.Find(root, "dataset") is { } paths ? ReadPaths(paths) : ReadList(root, "training");
        Test = ReadList(root, "test");
        if (JsonFile.Find(root, "numTraining") is { ValueKind: JsonValueKind.Number } count && count.TryGetInt32(out int n))
            DeclaredCases = n;
    }

    /// <summary>What the integers of its label maps mean.</summary>
    public LabelNames Labels { get; }

    /// <summary>What a relabelled data set says of its pseudo labels; null in any other.</summary>
    public PseudoIndex? PseudoLabels { get; }

    /// <summary>The ending of image and label files, from its dot; null where the file does not say (MSD).</summary>
    public string? FileEnding { get; }

    /// <summary>The listed training cases; null where the folder's own content counts.</summary>
    public IReadOnlyList<ListedCase>? Training { get; }

    /// <summary>The listed test cases; null where imagesTs counts.</summary>
    public IReadOnlyList<ListedCase>? Test { get; }

    /// <summary>What is wrong with single cases of the lists; they are left out.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>What the image channel is called; null where the file does not say.</summary>
    public string? Channel { get; private set; }

    /// <summary>True where it is called CT.</summary>
    public bool IsCtDeclared { get; private set; }

    /// <summary>numTraining, where given.</summary>
    public int? DeclaredCases { get; }

    /// <exception cref="DataException">
    /// The file is absent, no JSON, or says something that cannot be followed; the field is named.
    /// </exception>
    public static DatasetJson Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!Directory.Exists(folder))
            throw new DataException($"{folder}: no such folder. Name a folder that holds dataset.json.");
        if (!File.Exists(path))
            throw new DataException($"{path}: not found. A data set folder holds dataset.json, imagesTr and labelsTr (docs/data.md).");
        using JsonDocument document = JsonFile.Parse(path);
        return new DatasetJson(folder, document.RootElement);
    }

    /// <summary>
    /// The case's name from its image's: without the ending and without nnU-Net's channel number _0000, unless its label map has that too.
    /// </summary>
    private string CaseName(string image, string? label) => ChannelNumbers.CaseName(Stem(image), label is null ? null : Stem(label));

    /// <summary>True where the number at the end of an image's name is its case's.</summary>
    private bool IsNumbered(ListedCase listed) => ChannelNumbers.Of(listed.Id) is not null && listed.Label is { } label
        && Stem(label) == listed.Id;

    private string Stem(string path)
    {
        string name = Path.GetFileName(path);
        string ending = FileEnding ?? (name.EndsWith(".nii.gz", StringComparison.Ordinal) ? ".nii.gz" : Path.GetExtension(name));
        return name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : name;
    }

    private string? ReadFileEnding(JsonElement root)
    {
        if (JsonFile.Find(root, "file_ending") is not { } element)
            return null;
        string ending = Text(element, "file_ending");
        return ending.Length > 1 && ending[0] == '.' && !ending.Contains('/') && !ending.Contains('\\')
            ? ending
            : throw new DataException($"{_path}: file_ending: '{ending}' is no file ending. "
                + "Write \".nii.gz\" or another that begins with a dot.");
    }

    /// <summary>More than one channel is refused, and one that is declared to be something else than CT.</summary>
    private void CheckChannels(JsonElement root)
    {
        foreach (string field in (string[])["channel_names", "modality"])
        {
            if (JsonFile.Find(root, field) is not { } channels)
                continue;
            string[] names = channels.ValueKind switch
            {
                JsonValueKind.Object => [.. channels.EnumerateObject().Select(channel => channel.Value.ToString())],
                JsonValueKind.Array => [.. channels.EnumerateArray().Select(channel => channel.ToString())],
                JsonValueKind.String => [channels.GetString()!],
                _ => [],
            };
            if (names.Length > 1)
                throw new DataException($"{_path}: {field}: {names.Length} image channels; one CT channel is read. Make a data set of "
                    + "the CT channel alone.");
            if (names is not [{ } name])
                continue;
            string[] words = [.. NotWord().Split(name.ToUpperInvariant()).Where(word => word.Length > 0)];
            if (!words.Contains("CT") && words.FirstOrDefault(OtherModalities.Contains) is { } other)
                throw new DataException($"{_path}: {field}: '{name}': {other} is not CT, whose HU the window and the models are made "
                    + "for. Give a CT data set; correct the name if it is one.");
            Channel = name;
            IsCtDeclared = words.Contains("CT");
        }
    }

    /// <summary>nnU-Net v2's "dataset": { case: { "images": [path], "label": path } }.</summary>
    private List<ListedCase> ReadPaths(JsonElement element)
    {
        JsonFile.Expect(element, JsonValueKind.Object, _path, "dataset");
        string ending = FileEnding ?? throw new DataException($"{_path}: file_ending: missing. The \"dataset\" key needs it.");
        return Each(element.EnumerateObject(), entry =>
        {
            string field = $"dataset: {entry.Name}", where = $"{_path}: {field}";
            JsonElement value = JsonFile.Expect(entry.Value, JsonValueKind.Object, _path, field);
            if (entry.Name.Length == 0 || entry.Name != Path.GetFileName(entry.Name))
                throw new DataException($"{where}: no name for a case. Leave out slashes.");
            if (JsonFile.Find(value, "images") is not { ValueKind: JsonValueKind.Array } images || images.GetArrayLength() != 1)
                throw new DataException($"{where}: images: a list of one path expected (one CT channel is read).");
            JsonElement label = JsonFile.Find(value, "label")
                ?? throw new DataException($"{where}: label: missing. Give the label map's path.");
            return new ListedCase(entry.Name,
                DataPath.Anywhere(_folder, Text(images[0], $"{field}: images"), ending, $"{where}: images"),
                DataPath.Anywhere(_folder, Text(label, $"{field}: label"), ending, $"{where}: label"));
        });
    }

    /// <summary>MSD's and nnU-Net v1's list of { "image": path, "label": path }, or of image paths alone for test cases.</summary>
    private List<ListedCase>? ReadList(JsonElement root, string field)
    {
        if (JsonFile.Find(root, field) is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
            return null;
        return Each(list.EnumerateArray().Index(), item =>
        {
            (int index, JsonElement entry) = item;
            string at = $"{field}[{index}]", where = $"{_path}: {at}";
            bool alone = entry.ValueKind == JsonValueKind.String;
            JsonElement image = alone ? entry
                : JsonFile.Find(JsonFile.Expect(entry, JsonValueKind.Object, _path, at), "image")
                    ?? throw new DataException($"{where}: image: missing.");
            string path = DataPath.Below(_folder, Text(image, $"{at}: image"), where);
            string? map = alone || JsonFile.Find(entry, "label") is not { } label ? null : DataPath.Below(_folder,
                Text(label, $"{at}: label"), where);
            // Test cases are called as the training cases are.
            return new ListedCase(Training is { } training && training.Any(IsNumbered) ? Stem(path) : CaseName(path, map), path, map);
        });
    }

    /// <summary>
    /// Reads every entry; what is wrong with one is kept and the others are read. Files that macOS adds (._name) are passed over.
    /// </summary>
    private List<ListedCase> Each<T>(IEnumerable<T> entries, Func<T, ListedCase> read)
    {
        var cases = new List<ListedCase>();
        foreach (T entry in entries)
        {
            try
            {
                ListedCase listed = read(entry);
                if (!Path.GetFileName(listed.Image).StartsWith("._", StringComparison.Ordinal))
                    cases.Add(listed);
            }
            catch (DataException e)
            {
                Faults.Add(e.Message);
            }
        }

        return cases;
    }

    private string Text(JsonElement element, string field) =>
        JsonFile.Expect(element, JsonValueKind.String, _path, field).GetString()!;

    [GeneratedRegex("[^A-Z0-9]+")]
    private static partial Regex NotWord();
}
