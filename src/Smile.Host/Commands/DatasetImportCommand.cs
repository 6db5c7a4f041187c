using System.CommandLine;
using System.Globalization;
using Smile.Host.Cli;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Import;
using Smile.Net;
using Smile.Net.Data;
using static Smile.Host.Cases.SeriesOptions;
using static Smile.Host.Cli.CommonOptions;

namespace Smile.Host.Commands;

/// <summary><c>smile dataset import</c>: DICOM, and data sets of single organs, as one data set.</summary>
internal static class DatasetImportCommand
{
    /// <summary>What is asked for.</summary>
    private sealed record Request(
        string[] Sources, string? Output, string? List, string? Mapping, string? Table, bool AnnotatedOnly, string? Spacing, bool Mirror,
        SeriesRemedies Remedies, string? KeepIds, int Jobs);

    public static Command Create(Session session)
    {
        var sources = new Argument<string[]>("SOURCE")
        {
            Description = "Folders, of any mix of kinds: DICOM (CT series with their SEG and RTSTRUCT), a data set of nnU-Net's or MSD's "
                + "layout, TotalSegmentator's cases (ct.nii.gz, segmentations/), NIfTI images with label maps",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = Optional<string>("--output -o", "DIR", "The data set to write");
        var list = Optional<string>("--list", "FILE.json", "Write every segment, region and label found, with the organ it seems to be, "
            + "and import nothing");
        var mapping = Optional<string>("--mapping", "FILE.json", "What --list wrote, filled in: the organ of each name, or \"ignore\"");
        var table = Optional<string>("--label-table", "NAME", "What the integers of NIfTI label maps mean where no labels.json or "
            + $"dataset.json says it: {string.Join(", ", LabelTables.All)}");
        var annotatedOnly = Flag("--annotated-only", "Leave out images on which no organ was looked for; without this they go to imagesTs");
        var spacing = Optional<string>("--spacing", "Z,Y,X", "Resample images and labels to this spacing, mm");
        var mirror = Flag("--mirror", "Exchange left and right in images and labels: of sources that 'dataset check' finds mirrored");
        var gaps = Flag("--accept-gaps", "Interpolate the missing slices of a CT series; they are not labelled");
        var resample = Flag("--resample", "Resample a CT series of a tilted gantry to an upright grid");
        var choose = Choose();
        var keepIds = Optional<string>("--keep-ids", "FILE.json",
            "Write which case came from which file, series and patient; it identifies patients");
        var jobs = Default("--jobs -j", "N", "Cases at once; 0: one a core", 0);
        var command = new Verb("import", "Makes one data set of DICOM and of data sets that each know their own organs.")
        {
            sources, output, list, mapping, table, annotatedOnly, spacing, mirror, gaps, resample, choose, keepIds, jobs,
        };
        command.Details = "Cases get new names, and nothing that is written names a patient or an original file. annotations.json says "
            + "which organs each case's source knows. An import that was interrupted, or of which some cases failed, goes on with the same "
            + "command.";
        command.Examples = """
            smile dataset import clinic Task03_Liver Task07_Pancreas -o Dataset001
            smile dataset import clinic --list organs.json           then fill in the organs ("rest": "ignore" for all others), and
            smile dataset import clinic --mapping organs.json -o Dataset001
            smile dataset import btcv --label-table btcv -o Dataset002     folders img and label of numbers alone
            """;
        command.SetAction(parsed => Run(session, new Request(
            // Full, so that the same import is known from another working folder, and the file of originals says where they lie.
            [.. parsed.GetRequiredValue(sources).Select(source => Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)))],
                parsed.GetValue(output), parsed.GetValue(list), parsed.GetValue(mapping), parsed.GetValue(table),
                parsed.GetValue(annotatedOnly),
                parsed.GetValue(spacing), parsed.GetValue(mirror),
            new SeriesRemedies(parsed.GetValue(gaps), parsed.GetValue(resample), Choices(parsed.GetValue(choose))),
            parsed.GetValue(keepIds), parsed.GetValue(jobs))));
        return command;
    }

    private static int Run(Session session, Request request)
    {
        if ((request.List is null) == (request.Output is null))
            throw new ConfigException("Give either --output DIR to import, or --list FILE to write a mapping.");
        if (request.KeepIds is { } ids && request.Output is { } output && IsInside(ids, output))
            throw new ConfigException($"--keep-ids {ids}: inside {output}, where nothing may identify a patient. Name a file elsewhere.");
        if (request.Jobs < 0)
            throw new ConfigException($"--jobs {request.Jobs}: 0 or more are possible.");
        (double, double, double)? spacing = Spacing(request.Spacing);
        if (request.Output is { } folder)
            Importer.RefuseDataset(folder); // before what may be a long look
        var damaged = new List<string>();
        IReadOnlyList<SourceCase> cases = ImportSources.Find(request.Sources, request.Remedies,
            request.Table is { } table ? LabelTables.Of(table) : null, damaged, session.Note);
        session.Note($"found {Words.Count(cases.Count, "image", "images")}: "
            + $"{string.Join("; ", cases.GroupBy(source => source.Kind).Select(kind => $"{kind.Key}: {kind.Count()}{Bare(kind)}"))}");
        SourceRegion[] regions = [.. cases.SelectMany(source => source.Regions).Distinct()];
        if (request.List is { } list)
        {
            List(session, list, cases);
            return PartialResult.LeftOut(session, damaged, ExitCodes.Done);
        }

        if (regions.Length == 0)
            session.Note("no segmentation of any: they are converted as test cases (imagesTs). For training, give their SEG, RTSTRUCT "
                + "or label maps too.");
        RegionMapping mapping = request.Mapping is { } path ? MappingFile.Read(path, regions) : RegionMapping.OfKnown(regions);
        OrganBits known = mapping.OrgansOf(regions);
        if (mapping.Organs.NamesOf(~known).ToArray() is { Length: > 0 } absent)
            session.Note($"the mapping has {Words.Count(absent.Length, "organ that", "organs that")} no image here knows: "
                + $"{string.Join(", ", absent)}");
        if (request.AnnotatedOnly)
        {
            int all = cases.Count;
            cases = [.. cases.Where(source => mapping.OrgansOf(source.Regions) != 0)];
            session.Note($"left out: {Words.Count(all - cases.Count, "image", "images")} on which no organ was looked for");
            if (cases.Count == 0)
                throw new DataException("Every region is ignored: no image is left. Name organs in the mapping.");
        }

        var options = new ImportOptions(spacing, request.Remedies, request.Mirror);
        var importer = new Importer(request.Output!, cases, mapping, options, damaged.Count);
        if (request.KeepIds is { } file)
            WriteOriginals(file, cases);
        session.ResumeCommand = Resume(request);
        (IReadOnlyList<ImportRecord> done, IReadOnlyList<string> failures) = ([], []);
        session.Work("importing", cases.Count, work =>
            (done, failures) = importer.Run(request.Jobs > 0 ? request.Jobs : Environment.ProcessorCount, work, session.Stop));
        Report(session, done, mapping);
        if (done.Count > 0 && done.All(record => !record.Labelled))
            session.Note("no organ is annotated in any image: the data set has nothing to train on. "
                + "The warnings above say what became of the outlines.");
        ReportPatients(session, done.Count, importer.Groups);
        int exitCode = PartialResult.LeftOut(session, damaged, PartialResult.Conclude(session, cases.Count, failures));
        if (exitCode != ExitCodes.Done)
            session.Note($"To try again, mend what is wrong and give the same command: {session.ResumeCommand}");
        return exitCode;
    }

    /// <summary>How many of the images have nothing outlined on them.</summary>
    private static string Bare(IEnumerable<SourceCase> cases) =>
        cases.Count(source => source.Regions.Count == 0) is > 0 and int bare ? $" ({bare} without outlines)" : "";

    private static void List(Session session, string path, IReadOnlyList<SourceCase> cases)
    {
        if (File.Exists(path))
            throw new ConfigException($"--list {path}: exists, and may be filled in. Name another file.");
        (int known, int all) = MappingFile.Write(path, cases);
        session.Out.WriteLine($"{path}: {Words.Count(all, "name", "names")} in {Words.Count(cases.Count, "image", "images")}; "
            + $"{Words.Count(known, "has", "have")} an organ, "
            + $"{Words.Count(all - known, "waits", "wait")} for one (or \"ignore\")");
    }

    private static void Report(Session session, IReadOnlyList<ImportRecord> done, RegionMapping mapping)
    {
        var table = new TextTable("organ", "annotated in", "of training cases");
        ImportRecord[] training = [.. done.Where(record => record.Training)];
        for (int k = 0; k < mapping.Organs.Count; k++)
            table.Add(mapping.Organs.Names[k], Invariant.Text(training.Count(record => record.Annotated.Has(k))),
                Invariant.Text(training.Length));
        session.Out.Write(table);
        int test = done.Count - training.Length, bare = done.Count(record => !record.Labelled);
        session.Out.WriteLine($"{Words.Count(training.Length, "training case", "training cases")} "
            + $"({training.Count(record => record.Annotated.Count < mapping.Organs.Count)} "
            + $"partly annotated), {Words.Count(test, "test case", "test cases")}{(bare == 0 ? "" : $" ({bare} without labels)")}, "
            + $"{done.Count(record => record.Warnings.Count > 0)} with warnings (manifest.json)");
    }

    private static void ReportPatients(Session session, int cases, IReadOnlyList<(string Case, string Group)> groups)
    {
        int patients = groups.Select(each => each.Group).Distinct(StringComparer.Ordinal).Count();
        if (groups.Count > 0)
            session.Out.WriteLine($"{groups.Count} cases are of {Words.Count(patients, "patient", "patients")} with several; "
                + $"each patient's stay on one side of every split ({GroupFile.FileName})");

        if (patients == 1 && groups.Count == cases)
            session.Note("All cases seem to be of one patient, so none can be held out. "
                + $"If an anonymiser gave all patients one ID or study, delete {GroupFile.FileName} or write the true groups.");
    }

    private static void WriteOriginals(string path, IReadOnlyList<SourceCase> cases) => IndentedJson.Write(path, json =>
    {
        json.WriteStartObject();
        for (int i = 0; i < cases.Count; i++)
        {
            json.WriteStartObject(Importer.Id(i));
            foreach (var (name, original) in cases[i].Originals)
                json.WriteString(name, original);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    });

    private static (double, double, double)? Spacing(string? text)
    {
        if (text is null)
            return null;
        double[] mm = [.. text.Split(',').Select(part =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
        return mm.Length == 3 && mm.All(each => each is >= 0.1 and <= 100) ? (mm[0], mm[1], mm[2])
            : throw new ConfigException($"--spacing {text}: three numbers of mm from 0.1 to 100 are wanted, z,y,x, as in 3,1.5,1.5.");
    }

    private static string Resume(Request request) => string.Join(' ', request.Sources.Select(ShellText.Quoted)
        .Prepend("smile dataset import")
        .Append($"--output {ShellText.Quoted(request.Output!)}")
        .Append(request.Mapping is { } mapping ? $"--mapping {ShellText.Quoted(mapping)}" : "")
        .Append(request.Table is { } table ? $"--label-table {table}" : "")
        .Append(request.AnnotatedOnly ? "--annotated-only" : "")
        .Append(request.Spacing is { } spacing ? $"--spacing {spacing}" : "")
        .Append(request.Mirror ? "--mirror" : "")
        .Append(request.Remedies.AcceptGaps ? "--accept-gaps" : "")
        .Append(request.Remedies.Resample ? "--resample" : "")
        .Concat((request.Remedies.Choices ?? []).Select(choice => $"--choose {ShellText.Quoted(choice.ToString())}"))
        .Append(request.KeepIds is { } ids ? $"--keep-ids {ShellText.Quoted(ids)}" : "")
        .Where(part => part.Length > 0));

    private static bool IsInside(string file, string folder) =>
        Path.GetFullPath(file)
            .StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar,
                StringComparison.Ordinal);
}
