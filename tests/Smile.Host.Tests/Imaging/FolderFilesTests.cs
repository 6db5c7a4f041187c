using Smile.Host.Imaging;
using Smile.Host.Tests.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging;

public sealed class FolderFilesTests : DicomFolder
{
    [Fact]
    public void A_link_that_leads_back_is_passed_over_with_a_note_and_every_file_comes_once()
    {
        Save("a/1", [1]);
        Save("a/2", [2]);
        Save("b/3", [3]);
        Link("a/self", ".");
        Link("a/up", "..");
        Link("b/over", Path.Combine(Folder, "a"));
        Link("b/one", "../a/1");
        var notes = new List<string>();
        Assert.Equal(["a/1", "a/2", "b/3"], Below(notes, Folder));
        Assert.Equal($"{Path.Combine(Folder, "a/self")}: a link to a folder that is read already; passed over, with 2 more such.",
            Assert.Single(notes));
    }

    /// <summary>Two links that lead to each other's folder, and so to folders of any depth.</summary>
    [Fact]
    public void Links_in_a_circle_end()
    {
        Save("a/1", [1]);
        Save("b/2", [2]);
        Link("a/b", "../b");
        Link("b/a", "../a");
        Link("x", "y");
        Link("y", "x");
        Link("z", "z");
        var notes = new List<string>();
        Assert.Equal(["a/1", "a/b/2", "x", "y", "z"], Below(notes, Folder));
        Assert.StartsWith(Path.Combine(Folder, "a", "b", "a") + ": a link", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_within_another_one_gives_its_files_once_and_needs_no_note()
    {
        Save("a/1", [1]);
        Save("a/b/2", [2]);
        var notes = new List<string>();
        Assert.Equal(["a/b/2", "a/1"], Below(notes, Path.Combine(Folder, "a", "b"), Folder));
        Assert.Equal(["a/1", "a/b/2"], Below(notes, Folder, Path.Combine(Folder, "a", "b")));
        Assert.Empty(notes);
        Link("again", "a/b");
        Assert.Equal(["again/2"], Below(notes, Path.Combine(Folder, "again"), Path.Combine(Folder, "a", "b")));
    }

    [Fact]
    public void A_link_to_nothing_is_a_file_that_cannot_be_read_later()
    {
        Link("0", "nowhere");
        Assert.Equal(["0"], Below([], Folder));
        Assert.Contains("cannot be read", Assert.Throws<DataException>(() => FolderFiles.Below([Path.Combine(Folder, "absent")])).Message,
            StringComparison.Ordinal);
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(Path.Combine(Folder, name), target);

    private string[] Below(List<string> notes, params string[] folders) =>
        [.. FolderFiles.Below(folders, notes.Add).Select(each => Path.GetRelativePath(Folder, each.Path))];
}
