using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class SliceCopiesTests : DicomFolder
{
    [Fact]
    public void Copies_count_once_with_a_note_whatever_they_are_called()
    {
        for (int k = 0; k < 3; k++)
        {
            byte[] file = Image(k).File();
            Save($"a/{k}.dcm", file);
            Save($"b/copy of {2 - k}", file);
        }

        CtStack stack = Read(out List<string> warnings);
        Assert.Equal(3, stack.Slices.Count);
        Assert.Contains("3 images are there again, at the same place and with the same HU", Assert.Single(warnings),
            StringComparison.Ordinal);
        Assert.DoesNotContain("copy of", warnings[0], StringComparison.Ordinal);
    }

    /// <summary>Packed otherwise, stored with another intercept, under a new UID: the same image.</summary>
    [Fact]
    public void An_image_exported_again_in_another_form_is_the_same()
    {
        for (int k = 0; k < 3; k++)
            Save($"a{k}", Image(k).File());
        Save("again0", Image(0).File(DicomBuilder.Implicit));
        Save("again1", (Image(1) with { Series = "1.2.3", Intercept = -1024, Pixels = [.. Image(1).Stored.Select(v => v + 1024)] }).File());
        Save("again2", Image(2).File(DicomBuilder.Deflated));
        Save("again3", Image(2).File(DicomBuilder.BigEndian));
        Assert.Equal(3, Read(out List<string> warnings).Slices.Count);
        Assert.Contains("4 images are there again", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_image_under_one_UID_is_no_copy()
    {
        CtImage image = Image(1) with { Identified = true };
        Save("a0", Image(0).File());
        Save("a1", image.File());
        Save("a2", (image with { Pixels = [.. image.Stored.Select(v => v + 1)] }).File());
        Refused(() => Read(out _), "slices at one position: a1 and a2");
        // Elsewhere it is an image of its own: an anonymiser gave all the same UID.
        Save("a2", Image(2).File());
        Save("a0", (Image(0) with { Extra = [(DicomTags.SOPInstanceUID, "1.2.3.5"), (DicomTags.StudyInstanceUID, "1.2.826.0.1")] }).File());
        Assert.Equal(3, Read(out List<string> warnings).Slices.Count);
        Assert.Contains("different images have one SOPInstanceUID (0008,0018)", Assert.Single(warnings), StringComparison.Ordinal);
    }

    private CtStack Read(out List<string> warnings)
    {
        var heard = new List<string>();
        CtStack stack = DicomVolumeReader.CtSeries(Folder).ReadStack(heard.Add);
        warnings = heard;
        return stack;
    }

    private static CtImage Image(int k) => new() { Position = [0, 0, 5 * k], Pixels = [.. Enumerable.Range(100 * k, 12)] };
}
