using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class OrganCodesTests : DicomFolder
{
    [Theory]
    [InlineData("Liver", "", "liver")]
    [InlineData("Leber", "SCT:10200004", "liver")]
    [InlineData("Segment_1", "SRT:T-62000", "liver")] // older SEGs, such as dcmqi's
    [InlineData("Segment_1", "99SDM:T-C3000", "spleen")]
    [InlineData("kidney, left", "", "kidney_left")]
    [InlineData("Kidney_L", "", "kidney_left")] // TG-263
    [InlineData("Rt Lung", "", "lung_right")]
    [InlineData("Bowel_Small", "", "small_bowel")]
    [InlineData("Glnd_Adrenal_R", "", "adrenal_gland_right")]
    [InlineData("Kidney_Ling", "", null)]
    [InlineData("left Kidney", "SCT:64033007", "kidney_left")] // the side stands in the name alone
    [InlineData("left Kidney", "SRT:T-71000", "kidney_left")]
    [InlineData("Left kidney", "SCT:9846003", null)] // the code for the right one
    [InlineData("Spleen", "SRT:T-62000", null)]
    [InlineData("adrenal_gland_left", "", "adrenal_gland_left")]
    [InlineData("Lesion", "SCT:52988006", null)]
    public void A_region_is_known_by_name_or_code_unless_they_contradict_each_other(string name, string code, string? organ) =>
        Assert.Equal(organ, OrganCodes.Find(name, code));

    [Fact]
    public void An_organ_whose_code_is_not_known_is_written_as_an_anatomical_structure()
    {
        Assert.Equal("10200004", OrganCodes.Of("Liver").Value);
        Assert.Equal(DicomCode.AnatomicalStructure, OrganCodes.Of("adrenal_gland_left"));
        Assert.Equal(DicomCode.AnatomicalStructure, OrganCodes.Of("mass"));
        Assert.Equal("Liver", OrganCodes.Meaning("SRT:T-62000"));
    }

    [Theory]
    [InlineData("Kidney", "SCT", "7771000", "Kidney, left", "kidney_left")]
    [InlineData("Kidney", "SRT", "G-A100", "Kidney, right", "kidney_right")]
    [InlineData("kidney_L", "SCT", "7771000", "kidney_L", "kidney_left")]
    [InlineData("Kidney", "SCT", "255549009", "Kidney", "kidney")] // anterior
    public void A_side_that_stands_in_a_modifier_alone_is_read(string label, string scheme, string value, string expected, string organ)
    {
        DicomBuilder New() => new();
        DicomBuilder modifier = New().Text(DicomTags.CodeValue, "SH", value).Text(DicomTags.CodingSchemeDesignator, "SH", scheme);
        DicomBuilder segment = New().Text(DicomTags.SegmentLabel, "LO", label).Sequence(DicomTags.SegmentedPropertyTypeCodeSequence, false,
            New().Text(DicomTags.CodeValue, "SH", "64033007").Text(DicomTags.CodingSchemeDesignator, "SH", "SCT")
                .Sequence(DicomTags.SegmentedPropertyTypeModifierCodeSequence, false, modifier));
        Assert.Equal(expected, DicomRegion.NameOf(DicomFile.Open(Save("a", segment.File(DicomBuilder.Explicit))).Dataset));
        Assert.Equal(organ, OrganCodes.Find(expected, "SCT:64033007"));
    }
}
