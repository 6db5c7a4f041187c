using System.Buffers.Binary;
using System.Text;
using Smile.Host.Imaging.Dicom;

namespace Smile.Fuzz;

/// <summary>Where an element lies in a file: tag at <paramref name="Start"/>, length of <paramref name="LengthWidth"/> bytes at
/// <paramref name="LengthAt"/>, value at <paramref name="Value"/>.</summary>
internal readonly record struct ScannedElement(DicomTag Tag, int Start, bool HasVr, int LengthAt, int LengthWidth, int Value, int Length)
{
    public int End => Value + Length;
}

/// <summary>
/// A rough list of a file's elements, those of sequences and the sequences' items among them, as far as it makes sense. It knows
/// nothing of our reader, so that damage which the reader misses is still made.
/// </summary>
internal static class DicomScan
{
    public static List<ScannedElement> Of(byte[] file)
    {
        int at = file.Length > 132 && file.AsSpan(128, 4).SequenceEqual("DICM"u8) ? 132 : 0;
        var found = new List<ScannedElement>();
        bool big = false, isExplicit = true;
        while (at + 8 <= file.Length)
        {
            bool meta = !big && file[at] == 2 && file[at + 1] == 0;
            bool swap = big && !meta;
            DicomTag tag = new(UInt16(file, at, swap), UInt16(file, at + 2, swap));
            bool item = tag.Group == 0xFFFE;
            bool hasVr = !item && (meta || isExplicit) && file[at + 4] is >= (byte)'A' and <= (byte)'Z'
                && file[at + 5] is >= (byte)'A' and <= (byte)'Z';
            string vr = hasVr ? Encoding.ASCII.GetString(file, at + 4, 2) : DicomTags.Find(tag)?.Vr ?? "";
            bool wide = hasVr && vr is "OB" or "OW" or "OF" or "OD" or "OL" or "OV" or "SQ" or "UN" or "UT" or "UC" or "UR" or "SV" or "UV";
            (int lengthAt, int width) = !hasVr ? (at + 4, 4) : wide ? (at + 8, 4) : (at + 6, 2);
            int value = lengthAt + width;
            if (value > file.Length)
                break;
            uint length = (width, swap) switch
            {
                (2, _) => UInt16(file, lengthAt, swap),
                (_, true) => BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(lengthAt)),
                _ => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(lengthAt)),
            };
            // Into sequences and items, over everything else.
            bool opens = vr == "SQ" || length == uint.MaxValue
                || (item && !(found.Count > 0 && found.Exists(one => one.Tag == DicomTags.PixelData)));
            int size = opens ? 0 : (int)Math.Min(length, file.Length - value);
            found.Add(new ScannedElement(tag, at, hasVr, lengthAt, width, value, size));
            at = value + size;
            if (tag == DicomTags.TransferSyntaxUID)
            {
                string uid = Encoding.ASCII.GetString(file, value, size).TrimEnd('\0', ' ');
                (big, isExplicit) = (uid == "1.2.840.10008.1.2.2", uid != "1.2.840.10008.1.2");
            }
        }

        return found;
    }

    private static ushort UInt16(byte[] file, int at, bool big) =>
        big ? BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at)) : BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));
}
