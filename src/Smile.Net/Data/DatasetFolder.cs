namespace Smile.Net.Data;

/// <summary>
/// One data set folder looked through: its cases, and everything that is wrong with them as far as file names tell. Nothing is
/// thrown for a single case, so that a check can report all faults at once.
/// </summary>
public sealed class DatasetFolder
{
    private readonly List<string> _faults = [];
    private readonly List<string> _notes = [];
    private readonly string _ending;
    private bool _numbersAreNames;

    private DatasetFolder(string path, DatasetJson json)
    {
        (Path, Json) = (path, json);
        _faults.AddRange(json.Faults);
        _ending = json.FileEnding ?? ".nii.gz";
        Training = Existing((json.Training ?? List("imagesTr", "labelsTr")).Select(WithAnnotation), labelRequired: true);
        if (json.PseudoLabels is null)
            _faults.AddRange(PseudoIndex.FaultsWithout(path));
        Test = Existing(TestList(), labelRequired: false);
        foreach (string id in Training.Select(each => each.Id).Intersect(Test.Select(each => each.Id), StringComparer.Ordinal))
            _faults.Add($"{path}: {id} is a training case and a test case. Rename one; if they are the same patient, delete one.");
        if (json is { Channel: { } channel, IsCtDeclared: false })
            _notes.Add($"{System.IO.Path.Combine(path, DatasetJson.FileName)}: the image channel is called '{channel}'; CT in HU is "
                + "assumed.");
        if (json.DeclaredCases is { } declared && declared != Training.Count)
            _notes.Add($"{System.IO.Path.Combine(path, DatasetJson.FileName)}: "
                + $"numTraining is {declared}, {Words.Count(Training.Count, "training case is", "training cases are")} usable.");
    }

    public string Path { get; }

    public DatasetJson Json { get; }

    /// <summary>Cases whose files are there, by name.</summary>
    public IReadOnlyList<ListedCase> Training { get; }

    /// <summary>As <see cref="Training"/>; the label may be missing.</summary>
    public IReadOnlyList<ListedCase> Test { get; }

    /// <summary>What must be repaired.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>What may be meant.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <exception cref="DataException">dataset.json itself cannot be followed.</exception>
    public static DatasetFolder Read(string path) => new(path, DatasetJson.Read(path));

    /// <summary>Where people's labels have pseudo labels beside them, they have a map of their own.</summary>
    private ListedCase WithAnnotation(ListedCase listed) => Json.PseudoLabels?.Lists(listed.Id) != true ? listed
        : listed with { Label = LabelIn(PseudoIndex.AnnotatedFolder, listed.Id), Merged = listed.Label };

    private IEnumerable<ListedCase> TestList()
    {
        if (Json.Test is { } listed && Directory.Exists(In("imagesTs")))
            return listed.Select(test => test.Label is not null ? test : WithLabelBeside(test));
        if (Json.Test is { } absent)
            _notes.Add($"{System.IO.Path.Combine(Path, DatasetJson.FileName)}: test: "
                + $"{Words.Count(absent.Count, "case is", "cases are")} listed but there is no imagesTs; left out.");
        return Directory.Exists(In("imagesTs")) ? List("imagesTs", "labelsTs") : [];
    }

    private ListedCase WithLabelBeside(ListedCase test) => test with { Label = LabelIn("labelsTs", test.Id) };

    /// <summary>A folder's images with the labels of the same name (nnU-Net v2).</summary>
    private List<ListedCase> List(string images, string labels)
    {
        if (!Directory.Exists(In(images)))
        {
            _faults.Add($"{In(images)}: no such folder. Put the images there, or list them in dataset.json.");
            return [];
        }

        string[] files = [.. FilesOf(images)], maps = Directory.Exists(In(labels)) ? [.. FilesOf(labels)] : [];
        HashSet<string> stems = [.. files.Select(Stem)], labelled = [.. maps.Select(Stem)];
        // Label maps of the images' very names: numbers of four digits are names of cases, in a folder without label maps too.
        _numbersAreNames |= stems.Any(stem => ChannelNumbers.Of(stem) is not null && labelled.Contains(stem));
        var cases = new List<ListedCase>();
        foreach (string file in files)
        {
            string stem = Stem(file), id = ChannelNumbers.CaseName(stem, _numbersAreNames || labelled.Contains(stem) ? stem : null);
            if (id == stem && !_numbersAreNames && ChannelNumbers.Of(stem) > 0 && stems.Contains(ChannelNumbers.Base(stem) + "_0000"))
            {
                if (ChannelNumbers.Of(stem) == 1)
                    _faults.Add($"{file}: a second image channel. One CT channel is read: make a data set of the CT channel alone.");
                continue;
            }

            cases.Add(new ListedCase(id, file, LabelIn(labels, id)));
        }

        bool isMeant = images == "imagesTr" && Json.DeclaredCases == 0;
        if (cases.Count == 0 && !isMeant)
            _faults.Add($"{In(images)}: no file ends in '{_ending}'. Put the images there or correct file_ending in dataset.json.");
        var known = cases.Select(each => each.Id).ToHashSet(StringComparer.Ordinal);
        foreach (string map in maps.Where(map => !known.Contains(Stem(map))))
            _faults.Add($"{map}: a label map without an image in {images}. Add the image or delete the label map.");
        return cases;
    }

    private string Stem(string file) => System.IO.Path.GetFileName(file)[..^EndingOf(file).Length];

    private IEnumerable<string> FilesOf(string subfolder) => Directory.EnumerateFiles(In(subfolder))
        .Where(file => !System.IO.Path.GetFileName(file).StartsWith('.') && EndingOf(file).Length > 0)
        .Order(StringComparer.Ordinal);

    /// <summary>The label file of a case, whether it is there or not.</summary>
    private string LabelIn(string labels, string id)
    {
        string path = System.IO.Path.Combine(In(labels), id + _ending), plain = System.IO.Path.Combine(In(labels), id + ".nii");
        return Json.FileEnding is null && !File.Exists(path) && File.Exists(plain) ? plain : path;
    }

    /// <summary>The file's ending if it is one that this data set uses: file_ending, or either of NIfTI's where none is declared.</summary>
    private string EndingOf(string file) =>
        file.EndsWith(_ending, StringComparison.Ordinal) ? _ending
        : Json.FileEnding is null && file.EndsWith(".nii", StringComparison.Ordinal) ? ".nii" : "";

    private List<ListedCase> Existing(IEnumerable<ListedCase> listed, bool labelRequired)
    {
        var cases = new List<ListedCase>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (ListedCase each in listed)
        {
            string image = each.Image;
            // nnU-Net v1 lists case.nii.gz and stores case_0000.nii.gz.
            if (!File.Exists(image) && WithChannel(image) is { } numbered && File.Exists(numbered))
                image = numbered;
            bool hasImage = File.Exists(image), hasLabel = each.Label is not null && File.Exists(each.Label);
            bool isNew = seen.Add(each.Id);
            if (!isNew)
                _faults.Add($"{image}: the case {each.Id} is there twice. Keep one.");
            if (!hasImage)
                _faults.Add($"{image}: the image of case {each.Id} is missing. Add it or delete the case.");
            if (!hasLabel && labelRequired)
                _faults.Add($"{each.Label ?? image}: the label map of case {each.Id} is missing. Add it or delete the case.");
            if (isNew && hasImage && (hasLabel || !labelRequired))
                cases.Add(each with { Image = image, Label = hasLabel ? each.Label : null });
        }

        return [.. cases.OrderBy(each => each.Id, StringComparer.Ordinal)];
    }

    private string? WithChannel(string image) =>
        EndingOf(image) is { Length: > 0 } ending ? image[..^ending.Length] + "_0000" + ending : null;

    private string In(string subfolder) => System.IO.Path.Combine(Path, subfolder);
}
