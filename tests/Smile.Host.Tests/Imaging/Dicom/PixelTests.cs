using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Dicom.Codecs;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class PixelTests : DicomFolder
{
    /// <summary>What is above and below the stored bits is no part of the value (overlays were kept there).</summary>
    [Theory]
    [InlineData(DicomBuilder.Explicit)]
    [InlineData(DicomBuilder.BigEndian)]
    public void Twelve_of_sixteen_bits_carry_the_value_and_its_sign(string syntax)
    {
        var image = new CtImage { BitsStored = 12, Rows = 1, Pixels = [0xF001, 0x0FFF, 0x0800, 0x07FF] };
        Assert.Equal([1, -1, -2048, 2047], Pixels(DicomFile.Open(Save("a", image.File(syntax)))));
        Assert.Equal([1, 4095, 2048, 2047], Pixels(DicomFile.Open(Save("a", (image with { Signed = false }).File(syntax)))));
        var high = image with { HighBit = 15, Pixels = [0x001F, 0xFFF0, 0x8000, 0x7FFF] };
        Assert.Equal([1, -1, -2048, 2047], Pixels(DicomFile.Open(Save("a", high.File(syntax)))));
    }

    [Fact]
    public void Eight_bits()
    {
        var image = new CtImage { Bits = 8, BitsStored = 8, Rows = 1, Pixels = [0, 127, 128, 255] };
        Assert.Equal([0, 127, -128, -1], Pixels(DicomFile.Open(Save("a", image.File()))));
        Assert.Equal([0, 127, 128, 255], Pixels(DicomFile.Open(Save("a", (image with { Signed = false }).File()))));
    }

    /// <summary>Big endian swaps the bytes of a word, also where each is a pixel, or eight.</summary>
    [Fact]
    public void Bytes_in_words_of_a_big_endian_file()
    {
        var image = new CtImage { Bits = 8, BitsStored = 8, Signed = false, Rows = 1, Pixels = [2, 1, 4, 3] };
        Assert.Equal([1, 2, 3, 4], Pixels(DicomFile.Open(Save("a", image.File(DicomBuilder.BigEndian)))));
    }

    /// <summary>PS3.5, 8.1.1: frames of single bits follow one another inside bytes, the lowest bit first.</summary>
    [Fact]
    public void Frames_of_single_bits_are_one_stream()
    {
        int[] bits = [1, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1]; // three frames of 5
        byte[] packed = new byte[2];
        for (int i = 0; i < bits.Length; i++)
            packed[i / 8] |= (byte)(bits[i] << (i % 8));
        DicomBuilder header = new CtImage { Rows = 1, Columns = 5, Bits = 1, BitsStored = 1, Signed = false }.Header(DicomBuilder.Explicit);
        byte[] file = header.Text(DicomTags.NumberOfFrames, "IS", "3").Raw(DicomTags.PixelData, "OB", packed).File(DicomBuilder.Explicit);
        DicomFile read = DicomFile.Open(Save("a", file));
        Assert.Equal(bits, Enumerable.Range(0, 3).SelectMany(frame => Pixels(read, frame)));
    }

    [Fact]
    public void Packed_frames_are_found_by_number_or_by_the_offset_table()
    {
        var image = new CtImage();
        byte[][] frames = [.. Enumerable.Range(1, 3).Select(n => RleCoder.Encode([.. image.Stored.Select(v => (n * v) & 0xFFFF)], 2))];
        DicomFile Of(string name, params byte[][] fragments) => DicomFile.Open(Save(name, image.Header(DicomBuilder.Rle)
            .Text(DicomTags.NumberOfFrames, "IS", "3").Fragments(ended: true, fragments).File(DicomBuilder.Rle)));
        DicomFile one = Of("a", [], frames[0], frames[1], frames[2]);
        byte[] table = [.. BitConverter.GetBytes(0), .. BitConverter.GetBytes(frames[0].Length + 16),
            .. BitConverter.GetBytes(frames[0].Length + frames[1].Length + 24)];
        DicomFile two = Of("b", table, frames[0][..70], frames[0][70..], frames[1], frames[2]);
        for (int n = 0; n < 3; n++)
        {
            int[] expected = [.. image.Stored.Select(v => (n + 1) * v)];
            Assert.Equal(expected, Pixels(one, n));
            Assert.Equal(expected, Pixels(two, n));
        }

        Refused(() => Pixels(Of("c", [], frames[0][..70], frames[0][70..], frames[1], frames[2])), "frame 1", "no offset table");
    }

    /// <summary>As dcmtk and pydicom do: several fragments a frame, no table, the markers of JPEG around each image.</summary>
    [Fact]
    public void Without_an_offset_table_the_codecs_markers_tell_frames_apart()
    {
        var image = new CtImage { BitsStored = 12, Signed = false };
        byte[][] frames = [.. Enumerable.Range(1, 3).Select(Frame)];
        byte[] Frame(int n)
        {
            int[] stored = [.. image.Stored.Select(v => (n * (v + 60)) & 0xFFF)];
            byte[] packed = JpegLosslessCoder.Encode(stored, 1, 12, 0, 0, image.Rows, image.Columns);
            return packed.Length % 2 == 0 ? packed : [.. packed, 0];
        }

        DicomFile Of(params byte[][] fragments) => DicomFile.Open(Save("a", image.Header(DicomBuilder.JpegLossless)
            .Text(DicomTags.NumberOfFrames, "IS", "3").Fragments(ended: true, [[], .. fragments]).File(DicomBuilder.JpegLossless)));
        DicomFile split = Of(frames[0][..20], frames[0][20..40], frames[0][40..], frames[1], frames[2][..30], frames[2][30..]);
        for (int n = 0; n < 3; n++)
            Assert.Equal(image.Stored.Select(v => (n + 1) * (v + 60)), Pixels(split, n));

        // A fragment too many that seems to begin an image, one that begins in the midst, and an image that does not end.
        Refused(() => Pixels(Of(frames[0], frames[1], frames[2], frames[0]), 0), "3 frames in 4 fragments", "no offset table");
        Refused(() => Pixels(Of(frames[0][..20], frames[0][20..], frames[1], frames[2][2..]), 0), "3 frames in 4 fragments");
        Refused(() => Pixels(Of(frames[0][..^4], frames[1], frames[2][..30], frames[2][30..]), 0), "3 frames in 4 fragments");
    }

    [Fact]
    public void Signed_pixels_of_lossless_JPEG()
    {
        var image = new CtImage { BitsStored = 12 };
        int[] unsigned = [.. image.Stored.Select(v => v & 0xFFF)];
        byte[] frame = JpegLosslessCoder.Encode(unsigned, 1, 12, 0, 0, image.Rows, image.Columns);
        Assert.Equal(image.Stored, Pixels(DicomFile.Open(Save("a", image.Packed(DicomBuilder.JpegLossless, frame)))));
    }

    [Fact]
    public void Few_bytes_that_claim_a_large_image_take_no_memory()
    {
        var image = new CtImage { Rows = 40000, Columns = 40000, Pixels = [] };
        foreach (string syntax in (string[])[DicomBuilder.Rle, DicomBuilder.JpegLossless, "1.2.840.10008.1.2.4.80",
            "1.2.840.10008.1.2.4.90"])
        {
            DicomFile file = DicomFile.Open(Save("a", image.Packed(syntax, new byte[100])));
            Refused(() => file.ReadFormat(), "holds 100 bytes", "40000 rows x 40000 columns");
        }
    }

    /// <summary>Refused by name, with what to install; or, where the library is there, as damaged.</summary>
    [Theory]
    [InlineData("1.2.840.10008.1.2.4.80", "JPEG-LS", "libcharls2")]
    [InlineData("1.2.840.10008.1.2.4.90", "JPEG 2000", "libopenjp2-7")]
    public void Codec_libraries_refuse_damage_or_are_named(string syntax, string name, string package)
    {
        DicomFile file = DicomFile.Open(Save("a", new CtImage().Packed(syntax, new byte[100])));
        bool present = name == "JPEG-LS" ? CharLs.IsPresent : OpenJpeg.IsPresent;
        Refused(() => Pixels(file), name, syntax, present ? name == "JPEG-LS" ? "CharLS" : "OpenJPEG" : package);
    }

    [Fact]
    public void A_missing_library_is_named_with_its_package()
    {
        var codec = new NativeCodec("JPEG 3000", "libjpeg3000-1", "libjpeg3000.so.1", "jpeg3000.dll");
        Assert.False(codec.IsPresent);
        string message = Assert.Throws<InvalidDataException>(() => codec.Bind<Action>("decode")).Message;
        Assert.Contains("JPEG 3000", message, StringComparison.Ordinal);
        Assert.Contains("apt install libjpeg3000-1", message, StringComparison.Ordinal);
    }
}
