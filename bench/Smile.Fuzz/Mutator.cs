using System.IO.Compression;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Imaging.Fuzz;
using Smile.Net;

namespace Smile.Fuzz;

/// <summary>
/// Damages files: some changes know the format (lengths, VRs, tags, values, transfer syntaxes; header fields), some do not.
/// </summary>
internal sealed class Mutator(Rng rng)
{
    /// <summary>Larger files only cost time: what a reader does with length, short files can say.</summary>
    private const int MostBytes = 1 << 14;

    /// <summary>One to eight changes of a file; <paramref name="other"/> lends it parts.</summary>
    public FuzzInput Mutate(FuzzInput input, FuzzInput other)
    {
        bool nifti = input.Kind is FuzzKind.Nifti or FuzzKind.NiftiHeader or FuzzKind.ImportedImage or FuzzKind.ImportedLabels;
        byte[] file = input.Bytes;
        for (int changes = 1 << rng.Next(4), n = 0; n < changes; n++)
            file = Change(file, other.Bytes, nifti);
        return new FuzzInput(input.Kind, file.Length > MostBytes ? file[..MostBytes] : file);
    }

    private byte[] Change(byte[] file, byte[] other, bool nifti)
    {
        if (file.Length < 4 || other.Length == 0)
            return [.. file, .. other, 0];
        // What is packed is damaged in both forms.
        if (nifti && file is [0x1F, 0x8B, ..] && rng.Next(2) == 0 && Unpack(file, 0, gzip: true) is { } inside)
            return Pack(Change(inside, other, nifti), gzip: true);
        if (!nifti && Deflated(file) is { } start && rng.Next(4) > 0 && Unpack(file, start, gzip: false) is { Length: > 8 } body)
            return [.. file[..start], .. Pack(ChangeDicom(body, other), gzip: false)];
        if (nifti && rng.Next(16) == 0)
            return Pack(file, gzip: true);
        return rng.Next(3) == 0 ? ChangeBytes(file, other) : nifti ? ChangeNifti(file) : ChangeDicom(file, other);
    }

    private byte[] ChangeBytes(byte[] file, byte[] other)
    {
        byte[] copy = [.. file];
        int at = rng.Next(file.Length), length = Math.Min(1 + rng.Next(1 << rng.Next(9)), file.Length - at);
        switch (rng.Next(9))
        {
            case 0:
                copy[at] ^= (byte)(1 << rng.Next(8));
                return copy;
            case 1:
                copy[at] = (byte)rng.Next(256);
                return copy;
            case 2:
                Put(copy, at, 1 << rng.Next(4), Pick(FuzzDictionary.Numbers), rng.Next(2) == 0);
                return copy;
            case 3:
                return file[..at];
            case 4:
                return [.. file[..at], .. file[(at + length)..]];
            case 5:
                return [.. file[..(at + length)], .. file[at..]];
            case 6:
                copy.AsSpan(at, length).Fill((byte)(rng.Next(2) * 255));
                return copy;
            case 7:
                return [.. file, .. new byte[length]];
            default:
                int from = rng.Next(other.Length);
                return [.. file[..at], .. other[from..Math.Min(other.Length, from + length)],
                    .. file[Math.Min(file.Length, at + length * rng.Next(2))..]];
        }
    }

    private byte[] ChangeNifti(byte[] file)
    {
        NiftiLayout layout = file.Length >= 540 && (BitConverter.ToInt32(file) == 540 || file[3] == 0x1C)
            ? NiftiLayout.Nifti2
            : NiftiLayout.Nifti1;
        if (file.Length < layout.Size)
            return file;
        byte[] copy = [.. file];
        (NiftiField Field, int Count)[] fields =
        [
            (layout.Dim, 8), (layout.Datatype, 1), (layout.Bitpix, 1), (layout.Pixdim, 4), (layout.VoxOffset, 1), (layout.Slope, 1),
            (layout.Intercept, 1), (layout.Units, 1),
            (layout.QformCode, 1), (layout.SformCode, 1), (layout.Quaternion, 3), (layout.Qoffset, 3), (layout.Srow, 12), (layout.Magic, 4),
        ];
        (NiftiField field, int count) = Pick(fields);
        int at = field.At(rng.Next(count));
        bool big = copy[0] == 0;
        if (field.IsReal)
        {
            double value = rng.Next(4) == 0 ? rng.Uniform(-100, 100) : Pick(FuzzDictionary.Reals);
            Put(copy, at, field.Width,
                field.Width == 4 ? BitConverter.SingleToInt32Bits((float)value) : BitConverter.DoubleToInt64Bits(value), big);
        }
        else if (field.Name == layout.Datatype.Name && rng.Next(2) == 0)
        {
            Put(copy, at, field.Width, Pick([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2304]), big);
        }
        else
        {
            Put(copy, at, field.Width, rng.Next(3) == 0 ? rng.Next(12) : Pick(FuzzDictionary.Numbers), big);
        }

        return copy;
    }

    private byte[] ChangeDicom(byte[] file, byte[] other)
    {
        List<ScannedElement> elements = DicomScan.Of(file);
        if (elements.Count == 0)
            return ChangeBytes(file, other);
        byte[] copy = [.. file];
        ScannedElement one = elements[rng.Next(elements.Count)];
        bool big = IsBig(file, one);
        switch (rng.Next(12))
        {
            case 0: // a length that is wrong
                long[] lengths = [0, 1, one.Length - 1, one.Length + 1, one.Length + 8, file.Length - one.Value,
                    file.Length - one.Value + 1, uint.MaxValue, Pick(FuzzDictionary.Numbers)];
                Put(copy, one.LengthAt, one.LengthWidth, Pick(lengths), big);
                return copy;
            case 1 when one.HasVr:
                FuzzDictionary.Bytes(Pick(FuzzDictionary.Vrs)).AsSpan(0, 2).CopyTo(copy.AsSpan(one.Start + 4));
                return copy;
            case 2:
                DicomTag tag = Pick(FuzzDictionary.Tags);
                Put(copy, one.Start, 2, tag.Group, big);
                Put(copy, one.Start + 2, 2, tag.Element, big);
                return copy;
            case 3 when one.Tag.Group == 2 || rng.Next(3) == 0: // another transfer syntax
                int syntax = elements.FindIndex(element => element.Tag == DicomTags.TransferSyntaxUID);
                return syntax < 0 ? copy : Replace(file, elements[syntax], FuzzDictionary.Bytes(Pick(FuzzDictionary.Syntaxes)), false);
            case 4: // gone
                return [.. file[..one.Start], .. file[one.End..]];
            case 5: // twice
                return [.. file[..one.End], .. file[one.Start..]];
            case 6: // somebody else's
                List<ScannedElement> others = DicomScan.Of(other);
                if (others.Count == 0)
                    return copy;
                ScannedElement lent = others[rng.Next(others.Count)];
                int until = rng.Next(4) == 0 ? others[Math.Min(others.Count - 1, others.IndexOf(lent) + rng.Next(8))].End : lent.End;
                return [.. file[..one.Start], .. other[lent.Start..Math.Max(lent.End, until)],
                    .. file[(rng.Next(2) == 0 ? one.Start : one.End)..]];
            case 7: // within an item of a sequence, of a sequence, ...
                return Wrap(file, one, 1 << rng.Next(6));
            case 8 when one.Length >= 2:
                Put(copy, one.Value + rng.Next(one.Length), 1 << rng.Next(3), Pick(FuzzDictionary.Numbers), big);
                return copy;
            case 9 when one.Length > 0: // another text of the same length
                byte[] text = FuzzDictionary.Bytes(Pick(FuzzDictionary.Texts));
                for (int i = 0; i < one.Length; i++)
                    copy[one.Value + i] = i < text.Length ? text[i] : (byte)' ';
                return copy;
            case 10 when one.Length > 0: // one digit
                int digit = Array.FindIndex(copy, one.Value + rng.Next(one.Length), b => b is >= (byte)'0' and <= (byte)'9');
                if (digit >= 0)
                    copy[digit] = (byte)('0' + rng.Next(10));
                return copy;
            default:
                return Replace(file, one, FuzzDictionary.Bytes(Pick(FuzzDictionary.Texts)), big);
        }
    }

    /// <summary>Another value, and the length that it has; what surrounds the element keeps its length.</summary>
    private static byte[] Replace(byte[] file, ScannedElement one, byte[] value, bool big)
    {
        byte[] changed = [.. file[..one.Value], .. value, .. file[one.End..]];
        Put(changed, one.LengthAt, one.LengthWidth, value.Length, big);
        return changed;
    }

    private static byte[] Wrap(byte[] file, ScannedElement one, int depth)
    {
        byte[] open = [0x08, 0x00, 0x15, 0x11, (byte)'S', (byte)'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF,
            0xFF];
        byte[] close = [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];
        if (!one.HasVr)
            open = [.. open[..4], .. open[8..]];
        return [.. file[..one.Start], .. Repeat(open, depth), .. file[one.Start..one.End], .. Repeat(close, depth), .. file[one.End..]];
    }

    private static byte[] Repeat(byte[] part, int count) => [.. Enumerable.Repeat(part, count).SelectMany(bytes => bytes)];

    private static bool IsBig(byte[] file, ScannedElement one) =>
        file[one.Start] == (byte)(one.Tag.Group >> 8) && file[one.Start + 1] == (byte)one.Tag.Group
            && one.Tag.Group >> 8 != (one.Tag.Group & 0xFF);

    /// <summary>Where the deflated part starts, of a file that says it has one.</summary>
    private static int? Deflated(byte[] file)
    {
        int uid = file.AsSpan().IndexOf("1.2.840.10008.1.2.1.99"u8);
        return uid is < 0 or > 400 || uid + 22 >= file.Length ? null : uid + 22;
    }

    private static byte[]? Unpack(byte[] file, int start, bool gzip)
    {
        try
        {
            using var packed = new MemoryStream(file, start, file.Length - start);
            using Stream stream = gzip
                ? new GZipStream(packed, CompressionMode.Decompress)
                : new DeflateStream(packed, CompressionMode.Decompress);
            var raw = new byte[MostBytes];
            return raw[..stream.ReadAtLeast(raw, raw.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static byte[] Pack(byte[] raw, bool gzip)
    {
        using var packed = new MemoryStream();
        using (Stream stream = gzip
            ? new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)
            : new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(raw);
        return packed.ToArray();
    }

    private static void Put(byte[] file, int at, int width, long value, bool big)
    {
        for (int i = 0; i < width && at + i < file.Length; i++)
            file[at + i] = (byte)(value >> (8 * (big ? width - 1 - i : i)));
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[rng.Next(from.Count)];
}
