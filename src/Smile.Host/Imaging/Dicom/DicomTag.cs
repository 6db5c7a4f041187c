namespace Smile.Host.Imaging.Dicom;

/// <summary>The number of a DICOM element.</summary>
internal readonly record struct DicomTag(ushort Group, ushort Element)
{
    public override string ToString()
    {
        string number = $"({Group:X4},{Element:X4})";
        return DicomTags.Find(this) is { } known ? $"{known.Name} {number}" : number;
    }
}
