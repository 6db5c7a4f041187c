using System.Text.Json;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>
/// What stands beside the cases of an imported data set: manifest.json, annotations.json, groups.json where cases share a patient, and,
/// last, dataset.json.
/// </summary>
internal static class ImportIndex
{
    /// <exception cref="DataException">A file cannot be written.</exception>
    public static void Write(string folder, IReadOnlyList<ImportRecord> records, IReadOnlyList<(string Case, string Group)> groups,
        int found, OrganSet organs,
        (double Z, double Y, double X)? spacing, int damaged)
    {
        WriteManifest(Path.Combine(folder, "manifest.json"), records, found, organs, spacing, damaged);
        var mapping = LabelMapping.Identity(organs.Count);
        AnnotationFile.Write(Path.Combine(folder, AnnotationFile.FileName), organs,
            records.Where(record => record.Labelled).Select(record => new Case(record.Case, "", null, record.Annotated, mapping)));
        if (groups.Count > 0)
            GroupFile.Write(folder, groups);
        else
            File.Delete(Path.Combine(folder, GroupFile.FileName));
        WriteDataset(Path.Combine(folder, "dataset.json"), records, organs);
    }

    private static void WriteManifest(string path, IReadOnlyList<ImportRecord> records, int found, OrganSet organs,
        (double Z, double Y, double X)? spacing, int damaged) => Json(path, json =>
    {
        json.WriteString("smile", SmileVersion.Text);
        json.WriteNumber("cases_found", found);
        json.WriteNumber("cases_imported", records.Count);
        json.WriteNumber("files_left_out", damaged);
        if (spacing is { } mm)
        {
            json.WriteStartArray("spacing_zyx");
            foreach (double each in new[] { mm.Z, mm.Y, mm.X })
                json.WriteNumberValue(each);
            json.WriteEndArray();
        }

        json.WriteStartArray("cases");
        foreach (ImportRecord record in records)
        {
            json.WriteStartObject();
            json.WriteString("case", record.Case);
            json.WriteString("source", record.Kind);
            json.WriteString("part", record.Training ? "training" : "test");
            Strings(json, "annotated", organs.NamesOf(record.Annotated));
            Strings(json, "warnings", record.Warnings);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void WriteDataset(string path, IReadOnlyList<ImportRecord> records, OrganSet organs) => Json(path, json =>
    {
        json.WriteStartObject("channel_names");
        json.WriteString("0", "CT");
        json.WriteEndObject();
        json.WriteStartObject("labels");
        json.WriteNumber("background", 0);
        for (int k = 0; k < organs.Count; k++)
            json.WriteNumber(organs.Names[k], k + 1);
        if (records.Any(record => record.HasIgnore))
            json.WriteNumber("ignore", organs.Count + 1);
        json.WriteEndObject();
        json.WriteNumber("numTraining", records.Count(record => record.Training));
        json.WriteString("file_ending", ".nii.gz");
    });

    private static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void Json(string path, Action<Utf8JsonWriter> content) => IndentedJson.Write(path, json =>
    {
        json.WriteStartObject();
        content(json);
        json.WriteEndObject();
    });
}
