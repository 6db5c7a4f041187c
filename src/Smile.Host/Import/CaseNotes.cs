using System.Globalization;
using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Import;

/// <summary>
/// What is odd about a case, for the manifest. Readers begin a warning with the file's path, and that of a region names it: both
/// may hold a patient's name, so both are taken off.
/// </summary>
internal sealed class CaseNotes
{
    private readonly List<string> _notes = [];
    private readonly List<string> _told = [];

    /// <summary>Each once, with how often it was said.</summary>
    public IReadOnlyList<string> All => [.. _notes.GroupBy(note => note).Select(alike =>
        alike.Key + (alike.Count() > 1 ? string.Create(CultureInfo.InvariantCulture, $" ({alike.Count()} times)") : ""))];

    /// <summary>What readers said of regions, under their own names: for whoever imports, and never written to the data set.</summary>
    public IReadOnlyList<string> Told => _told;

    /// <summary>A note that identifies nobody.</summary>
    public void Add(string note) => _notes.Add(note);

    /// <summary>The same, for whoever imports too.</summary>
    public void Tell(string note)
    {
        _notes.Add(note);
        _told.Add(note);
    }

    /// <summary>A reader's warning about a file.</summary>
    public void Add(string warning, string path) => Add(WithoutPath(warning, path));

    /// <summary>What a reader's warning says, without the file that it is about.</summary>
    public static string WithoutPath(string warning, string path) => warning.Replace(path, "", StringComparison.Ordinal).TrimStart(':',
        ' ');

    /// <summary>A reader's warning about a region of a file, under the name of its organ.</summary>
    public void Add(string warning, DicomRegion region, string organ)
    {
        _told.Add(warning);
        string quoted = $"'{region.Name}'";
        int at = warning.IndexOf(quoted, StringComparison.Ordinal);
        Add(at < 0 ? $"{organ}: not all of it could be placed." : $"{organ}: {warning[(at + quoted.Length)..].TrimStart(':', ' ')}");
    }
}
