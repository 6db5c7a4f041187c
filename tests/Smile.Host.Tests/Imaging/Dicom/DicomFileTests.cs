using System.Text;
using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class DicomFileTests : DicomFolder
{
    [Theory]
    [InlineData(DicomBuilder.Implicit)]
    [InlineData(DicomBuilder.Explicit)]
    [InlineData(DicomBuilder.BigEndian)]
    [InlineData(DicomBuilder.Deflated)]
    public void One_image_reads_alike_in_every_encoding(string syntax)
    {
        var image = new CtImage();
        DicomFile file = DicomFile.Open(Save("a", image.File(syntax)));
        Assert.Equal(syntax, file.TransferSyntax.Uid);
        Assert.Equal("Abdomen", file.Dataset.Text(DicomTags.SeriesDescription));
        Assert.Equal([-10, -20, 30], file.Dataset.Vector(DicomTags.ImagePositionPatient, 3));
        Assert.Equal(new PixelFormat(3, 4, 1, 16, 16, 15, true), file.ReadFormat());
        Assert.Equal(image.Stored, Pixels(file));
        Assert.Empty(file.Warnings);
    }

    [Theory]
    [InlineData(DicomBuilder.Implicit)]
    [InlineData(DicomBuilder.Explicit)]
    [InlineData(DicomBuilder.BigEndian)]
    public void Without_preamble_and_meta_the_encoding_is_told_by_the_first_element(string syntax)
    {
        var image = new CtImage();
        string path = Save("a", image.File(syntax)[(132 + 8 + syntax.Length + syntax.Length % 2)..]);
        DicomFile file = DicomFile.Open(path);
        Assert.Equal(syntax, file.TransferSyntax.Uid);
        Assert.Equal(image.Stored, Pixels(file));
        Assert.Contains("is missing", Assert.Single(file.Warnings), StringComparison.Ordinal);
        // The meta information without the preamble.
        Assert.Equal(image.Stored, Pixels(DicomFile.Open(Save("b", image.File(syntax)[132..]))));
    }

    [Fact]
    public void Explicit_elements_that_are_declared_implicit_are_read()
    {
        var image = new CtImage();
        byte[] body = image.Header(DicomBuilder.Explicit).Raw(DicomTags.PixelData, "OW", new DicomBuilder().Words(image.Stored))
            .File(DicomBuilder.Implicit);
        DicomFile file = DicomFile.Open(Save("a", body));
        Assert.Equal(image.Stored, Pixels(file));
        Assert.Contains("elements are explicit", Assert.Single(file.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Sequences_nest_with_and_without_lengths(bool isExplicit, bool undefined)
    {
        DicomBuilder New() => new(isExplicit);
        DicomTag privateTag = new(0x0021, 0x1010), unknown = new(0x0044, 0x0001);
        DicomBuilder measures = New().Numbers(DicomTags.PixelSpacing, "DS", 0.7, 0.8);
        DicomBuilder frame = New()
            .Sequence(privateTag, undefined, New().Text(DicomTags.Modality, "CS", "MR"))
            .Sequence(DicomTags.PixelMeasuresSequence, undefined, measures, New());
        DicomBuilder whole = New()
            .Text(DicomTags.Modality, "CS", "CT")
            .Sequence(unknown, undefined, New().Sequence(privateTag, undefined, New(), New()))
            .Text(new DicomTag(0x0043, 0x1001), "LO", "private")
            .Sequence(DicomTags.PerFrameFunctionalGroupsSequence, undefined, frame, New())
            .Raw(DicomTags.PixelData, "OW", [1, 0]);
        IDicomDataset set = DicomFile.Open(Save("a", whole.File(isExplicit ? DicomBuilder.Explicit : DicomBuilder.Implicit))).Dataset;
        Assert.Equal("CT", set.Text(DicomTags.Modality));
        IReadOnlyList<IDicomDataset> frames = set.Items(DicomTags.PerFrameFunctionalGroupsSequence);
        Assert.Equal(2, frames.Count);
        Assert.Equal(2, frames[0].Items(DicomTags.PixelMeasuresSequence).Count);
        Assert.Equal([0.7, 0.8], frames[0].Items(DicomTags.PixelMeasuresSequence)[0].Vector(DicomTags.PixelSpacing, 2));
        Assert.Empty(frames[1].Items(DicomTags.PixelMeasuresSequence));
    }

    /// <summary>PS3.5, 6.2.2: a value of unknown representation is in implicit little endian, whatever is around it.</summary>
    [Theory]
    [InlineData(DicomBuilder.Explicit, true)]
    [InlineData(DicomBuilder.Explicit, false)]
    [InlineData(DicomBuilder.BigEndian, false)]
    public void Unknown_representation_is_implicit_little_endian(string syntax, bool undefined)
    {
        DicomBuilder item = new DicomBuilder(isExplicit: false).Numbers(DicomTags.PixelSpacing, "DS", 0.7, 0.8);
        byte[] items = new DicomBuilder(isExplicit: false).Sequence(DicomTags.PixelMeasuresSequence, undefined, item).Body[8..];
        DicomBuilder b = DicomBuilder.For(syntax).Raw(DicomTags.Rows, "UN", [5, 0]).Raw(DicomTags.PixelMeasuresSequence, "UN", items);
        byte[] file = b.File(syntax);
        if (undefined)
            file.AsSpan(file.Length - items.Length - 4, 4).Fill(0xFF);
        IDicomDataset set = DicomFile.Open(Save("a", file)).Dataset;
        Assert.Equal(5, set.Whole(DicomTags.Rows, 0, 10));
        Assert.Equal([0.7, 0.8], Assert.Single(set.Items(DicomTags.PixelMeasuresSequence)).Vector(DicomTags.PixelSpacing, 2));
    }

    [Fact]
    public void Blanks_commas_and_odd_lengths_in_numbers()
    {
        byte[] odd = Encoding.ASCII.GetBytes(" 1,5 \\ -2e1 \\003");
        IDicomDataset set = DicomFile.Open(Save("a", new DicomBuilder()
            .Text(DicomTags.Modality, "CS", "  CT ")
            .Text(DicomTags.SliceThickness, "DS", "  ")
            .Raw(DicomTags.ImagePositionPatient, "DS", odd[..^1])
            .Text(DicomTags.RescaleSlope, "DS", "one").File(DicomBuilder.Explicit))).Dataset;
        Assert.Equal([1.5, -20, 0], set.Numbers(DicomTags.ImagePositionPatient));
        Assert.Equal("CT", set.Text(DicomTags.Modality));
        Assert.Null(set.Number(DicomTags.SliceThickness));
        Refused(() => set.Number(DicomTags.RescaleSlope), "RescaleSlope (0028,1053)", "offset", "'one'");
    }

    [Theory]
    [InlineData("ISO_IR 100", "C9746F696C65", "Étoile")]
    [InlineData("ISO_IR 192", "C3A9746F696C65E88286", "étoile肆")]
    [InlineData("ISO_IR 144", "BFD5E7D5DDEC", "Печень")]
    [InlineData(@"ISO 2022 IR 6\ISO 2022 IR 87", "1B24423B3345441B2842", "山田")]
    [InlineData(@"\ISO 2022 IR 149", "1B242943FBF3", "洪")]
    [InlineData("GB18030", "B8CE", "肝")]
    [InlineData("no such set", "E9", "é")]
    public void Text_is_decoded_from_its_character_set(string terms, string hex, string expected)
    {
        IDicomDataset set = DicomFile.Open(Save("a", new DicomBuilder()
            .Text(DicomTags.SpecificCharacterSet, "CS", terms)
            .Raw(DicomTags.SeriesDescription, "LO", Convert.FromHexString(hex)).File(DicomBuilder.Explicit))).Dataset;
        Assert.Equal(expected, set.Text(DicomTags.SeriesDescription));
    }

    /// <summary>
    /// Found by fuzzing: to decode the name of the character set, the character set was looked up, and so on without end.
    /// </summary>
    [Theory]
    [InlineData("LO")]
    [InlineData("UT")]
    public void The_character_set_is_read_whatever_VR_it_is_given(string vr)
    {
        IDicomDataset set = DicomFile.Open(Save("a", new DicomBuilder()
            .Text(DicomTags.SpecificCharacterSet, vr, "ISO_IR 192")
            .Raw(DicomTags.SeriesDescription, "LO", "肝"u8.ToArray()).File(DicomBuilder.Explicit))).Dataset;
        Assert.Equal("肝", set.Text(DicomTags.SeriesDescription).TrimEnd());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_icon_has_pixels_of_its_own(bool packed)
    {
        var image = new CtImage();
        DicomBuilder icon = packed
            ? new DicomBuilder().Fragments(ended: true, [], [1, 2, 3, 4])
            : new DicomBuilder().Raw(DicomTags.PixelData, "OB", [1, 2]);
        DicomBuilder b = image.Header(DicomBuilder.Explicit).Sequence(new DicomTag(0x0088, 0x0200), undefined: true, icon);
        DicomFile file = DicomFile.Open(Save("a", b.Raw(DicomTags.PixelData, "OW", b.Words(image.Stored)).File(DicomBuilder.Explicit)));
        Assert.Equal(image.Stored, Pixels(file));
    }

    [Fact]
    public void Pixels_without_an_end_mark_are_read_with_a_warning()
    {
        var image = new CtImage();
        byte[] file = image.Header(DicomBuilder.Rle).Fragments(ended: false, [], RleCoder.Encode(image.Stored, 2)).File(DicomBuilder.Rle);
        DicomFile read = DicomFile.Open(Save("a", file));
        Assert.Equal(image.Stored, Pixels(read));
        Assert.Contains("no end mark", Assert.Single(read.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_refused_with_its_place()
    {
        byte[] whole = new CtImage().File();
        Refused(() => DicomFile.Open(Save("a", [])), "a: ", "not a DICOM file");
        Refused(() => DicomFile.Open(Save("a", new byte[5000])), "not a DICOM file");
        Refused(() => DicomFile.Open(Save("a", whole[..^4])), "PixelData (7FE0,0010)", "24 bytes long, 20 are left", "truncated");
        Refused(() => DicomFile.Open(Save("a", whole[..300])), "truncated");
        Refused(() => DicomFile.Open(Path.Combine(Folder, "absent")), "cannot be read");
        var deep = new DicomBuilder();
        for (int i = 0; i < 100; i++)
            deep = new DicomBuilder().Sequence(DicomTags.PixelMeasuresSequence, undefined: true, deep);
        Refused(() => DicomFile.Open(Save("a", deep.File(DicomBuilder.Explicit))), "nest more than 32 deep");
        byte[] damagedDeflate = new CtImage().File(DicomBuilder.Deflated);
        damagedDeflate[132 + 8 + 22] = 0xFF;
        Refused(() => DicomFile.Open(Save("a", damagedDeflate)), "cannot be read");
    }

    [Fact]
    public void What_is_no_readable_image_is_refused_by_name()
    {
        DicomFile Of(byte[] file) => DicomFile.Open(Save("a", file));
        Refused(() => Of(new CtImage().Header(DicomBuilder.Explicit).File(DicomBuilder.Explicit)).ReadFormat(), "PixelData", "no image");
        Refused(() => Of(new CtImage().Packed("1.2.840.10008.1.2.4.50", [1, 2])).ReadFormat(), "JPEG Baseline", "dcmdjpeg");
        Refused(() => Of(new CtImage().Packed("1.2.3.4.5", [1, 2])).ReadFormat(), "unknown transfer syntax (1.2.3.4.5)");
        Refused(() => Of(new CtImage().Packed(DicomBuilder.Explicit, [1, 2])).ReadFormat(), "packed otherwise");
        Refused(() => Of(new CtImage { Bits = 32, BitsStored = 16 }.File()).ReadFormat(), "BitsAllocated (0028,0100)", "32");
        Refused(() => Of(new CtImage { Rows = 0, Pixels = [] }.File()).ReadFormat(), "Rows (0028,0010)", "0;");
        Refused(() => Of(new CtImage { Rows = 300, Pixels = [1] }.File()).ReadFormat(), "holds 2 bytes", "want 2400");
    }
}
