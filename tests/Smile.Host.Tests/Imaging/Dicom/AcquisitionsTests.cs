using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Slices of two phases between each other: HU 40, 120, 40, 120 was never an image.</summary>
public sealed class AcquisitionsTests : DicomFolder
{
    [Fact]
    public void Two_acquisitions_between_each_other_are_refused_with_how_to_choose_one()
    {
        for (int k = 0; k < 8; k++)
            Slice(k, 3 * k, k % 2, (DicomTags.AcquisitionNumber, $"{1 + k % 2}"), (DicomTags.ConvolutionKernel, k % 2 == 0 ? "B70f"
                : "B30f"), (DicomTags.AcquisitionTime, $"10{k % 2 * 30:D2}00"));
        Refused(() => Stack(), Folder, "2 acquisitions or reconstructions lie between each other: AcquisitionNumber is 1 (4: s0, s2, "
            + "s4, ...), 2 (4: s1, s3, s5, ...)",
            "they differ in ConvolutionKernel, AcquisitionTime too", "--choose AcquisitionNumber=1");
        foreach ((string choice, int value) in new[] { ("AcquisitionNumber=1", 0), ("acquisitionnumber=2", 1), ("ConvolutionKernel=B30f",
            1), ("AcquisitionTime=103000", 1) })
        {
            var warnings = new List<string>();
            CtStack stack = Stack(warnings, choice);
            Assert.Equal(4, stack.Slices.Count);
            Assert.All(DicomSeries.Read(stack).Voxels, hounsfield => Assert.Equal(100 * value, hounsfield));
            Assert.Contains("was chosen: 4 of 8 slices", Assert.Single(warnings), StringComparison.Ordinal);
        }

        Refused(() => Stack([], "AcquisitionNumber=3"), "--choose AcquisitionNumber=3: no slice has that", "1 (4:");
        Refused(() => Stack([], "KVP=120"), "lie between each other");
        var heard = new List<string>();
        Assert.Equal(8, Stack(heard, "all").Slices.Count);
        Assert.Contains("taken as one image", Assert.Single(heard), StringComparison.Ordinal);
    }

    /// <summary>Whichever element alone tells them apart, and however often it changes.</summary>
    [Theory]
    [InlineData(0x0020, 0x0012, "1", "2", "AcquisitionNumber")]
    [InlineData(0x0018, 0x1210, "B70f", "B30f", "ConvolutionKernel")]
    [InlineData(0x0018, 0x1210, @"Br40f\3", @"Br40f\5", "ConvolutionKernel")]
    [InlineData(0x0020, 0x0100, "9", "13", "TemporalPositionIdentifier")]
    [InlineData(0x0018, 0x0060, "80", "140", "KVP")]
    [InlineData(0x0020, 0x0011, "3", "4", "SeriesNumber")]
    [InlineData(0x0008, 0x103E, "arterial", "portal", "SeriesDescription")]
    [InlineData(0x0008, 0x0031, "100000", "100100", "SeriesTime")]
    [InlineData(0x0008, 0x0032, "100000", "100100", "AcquisitionTime")]
    public void Each_element_by_itself_tells(int group, int element, string one, string other, string key)
    {
        var tag = new DicomTag((ushort)group, (ushort)element);
        foreach (string pattern in (string[])["abababab", "aabbaabb", "aaabaaaa", "aaaabbba"])
        {
            for (int k = 0; k < 8; k++)
                Slice(k, 3 * k, pattern[k], (tag, pattern[k] == 'a' ? one : other));
            Refused(() => Stack(), $"{key} is {one} (");
            Assert.Equal(pattern.Count(c => c == 'b'), Blocks(other, key, pattern));
        }
    }

    [Fact]
    public void Two_phases_at_the_same_places_are_refused_and_one_may_be_chosen()
    {
        for (int k = 0; k < 8; k++)
            Slice(k, 3 * (k % 4), k / 4, (DicomTags.TemporalPositionIdentifier, $"{1 + k / 4}"));
        Refused(() => Stack(), "TemporalPositionIdentifier is 1 (4: s0, s1, s2, ...), 2 (4:");
        Assert.All(DicomSeries.Read(Stack([], "TemporalPositionIdentifier=2")).Voxels, hounsfield => Assert.Equal(100, hounsfield));
    }

    /// <summary>Nothing but the order of the pictures: two runs through the body.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Passes_are_told_by_time_or_by_number(bool byTime, bool samePlaces)
    {
        for (int k = 0; k < 16; k++)
        {
            int pass = k / 8;
            Slice(k, 3 * (k % 8) + (samePlaces ? 0 : 1.5 * pass), pass, byTime ? (DicomTags.AcquisitionTime, $"1000{10 + k}.5")
                : (DicomTags.InstanceNumber, $"{k + 1}"));
        }

        Refused(() => Stack(), "Pass is 1 (8: s0, s1, s2, ...), 2 (8: s8,", "--choose Pass=1");
        Assert.All(DicomSeries.Read(Stack([], "pass=2")).Voxels, hounsfield => Assert.Equal(100, hounsfield));
    }

    [Fact]
    public void A_table_that_goes_on_is_one_acquisition()
    {
        // Down, four slices at a time, each step with a number of its own.
        for (int k = 0; k < 16; k++)
            Slice(k, -3 * k, 0, (DicomTags.AcquisitionNumber, $"{1 + k / 4}"), (DicomTags.AcquisitionTime, $"1000{10 + k / 4}"),
                (DicomTags.InstanceNumber, $"{k + 1}"));
        var warnings = new List<string>();
        Assert.Equal(16, Stack(warnings).Slices.Count);
        Assert.Contains("4 values of AcquisitionNumber follow one another", Assert.Single(warnings), StringComparison.Ordinal);

        // Each slice by itself: no news. Numbers that an archive gave in no order say nothing.
        int[] shuffled = [9, 3, 14, 0, 7, 11, 2, 15, 5, 12, 1, 8, 13, 4, 10, 6];
        for (int k = 0; k < 16; k++)
            Slice(k, 3 * k, 0, (DicomTags.AcquisitionNumber, $"{k}"), (DicomTags.InstanceNumber, $"{shuffled[k]}"),
                (DicomTags.AcquisitionTime, $"1000{10 + shuffled[k]}"));
        warnings.Clear();
        Assert.Equal(16, Stack(warnings).Slices.Count);
        Assert.Empty(warnings);
    }

    [Fact]
    public void A_slice_that_does_not_say_goes_with_the_others_and_numbers_are_numbers()
    {
        for (int k = 0; k < 8; k++)
            Slice(k, 3 * k, 0, k == 3 ? [] : [(DicomTags.AcquisitionNumber, "1"), (DicomTags.KVP, k % 2 == 0 ? "120" : "120.0")]);
        Assert.Equal(8, Stack().Slices.Count);
        var warnings = new List<string>();
        Stack(warnings, "AcquisitionNumber=1");
        Assert.Contains("--choose AcquisitionNumber chooses nothing here", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_of_an_Enhanced_file_are_told_apart_too()
    {
        DicomBuilder New() => new();
        DicomBuilder Frame(int n, int phase) => New()
            .Sequence(DicomTags.FrameContentSequence, true, New().Raw(DicomTags.TemporalPositionIndex, "UL", BitConverter.GetBytes(phase)))
            .Sequence(DicomTags.PlanePositionSequence, true, New().Numbers(DicomTags.ImagePositionPatient, "DS", 0, 0, 3 * n));
        DicomBuilder shared = New()
            .Sequence(DicomTags.PlaneOrientationSequence, false, New().Numbers(DicomTags.ImageOrientationPatient, "DS", 1, 0, 0, 0, 1, 0))
            .Sequence(DicomTags.PixelMeasuresSequence, false, New().Numbers(DicomTags.PixelSpacing, "DS", 1, 1));
        DicomBuilder file = new CtImage().Header(DicomBuilder.Explicit).Text(DicomTags.NumberOfFrames, "IS", "6")
            .Sequence(DicomTags.SharedFunctionalGroupsSequence, false, shared)
            .Sequence(DicomTags.PerFrameFunctionalGroupsSequence, true,
                [.. Enumerable.Range(0, 6).Select(n => Frame(n, n % 2 == 0 ? 9 : 32))]);
        Save("enhanced", file.Raw(DicomTags.PixelData, "OW", file.Words(Enumerable.Range(0, 72))).File(DicomBuilder.Explicit));
        Refused(() => Stack(), "TemporalPositionIdentifier is 9 (3: enhanced frame 1, enhanced frame 3, enhanced frame 5), 32 (3:");
        Assert.Equal(3, Stack([], "TemporalPositionIdentifier=32").Slices.Count);
    }

    [Theory]
    [InlineData("Colour=1")]
    [InlineData("AcquisitionNumber")]
    [InlineData("all=1")]
    public void A_choice_is_a_key_and_a_value(string text) => Assert.Contains("KEY=VALUE is wanted, of AcquisitionNumber",
        Assert.Throws<ConfigException>(() => SliceChoice.Parse(text)).Message, StringComparison.Ordinal);

    /// <summary>How many slices a choice leaves, gaps in between accepted.</summary>
    private int Blocks(string value, string key, string pattern) => pattern switch
    {
        "aabbaabb" => 4, // gaps of unequal steps, which the choice cannot mend
        _ => Stack([], $"{key}={value}").Slices.Count,
    };

    private CtStack Stack(List<string>? warnings = null, params string[] choices) => DicomVolumeReader.CtSeries(Folder)
        .ReadStack(warning => warnings?.Add(warning), new SeriesRemedies(AcceptGaps: true, Resample: false,
            [.. choices.Select(SliceChoice.Parse)]));

    /// <summary>Of one number, 100 x its phase.</summary>
    private void Slice(int k, double z, int phase, params (DicomTag, string)[] extra) =>
        Save($"s{k}", new CtImage { Position = [0, 0, z], Pixels = [.. Enumerable.Repeat(100 * phase, 12)], Extra = extra }.File());
}
