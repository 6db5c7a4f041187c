using System.Numerics;
using System.Runtime.InteropServices;
using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>How an image stores its pixels (PS3.3, C.7.6.3): one sample a pixel, of 1, 8 or 16 bits.</summary>
/// <param name="Rows">Pixels along y of a frame.</param>
/// <param name="Columns">Pixels along x of a frame.</param>
/// <param name="Frames">Frames in the file.</param>
/// <param name="BitsAllocated">1, 8 or 16.</param>
/// <param name="BitsStored">The bits that hold the value, at most BitsAllocated.</param>
/// <param name="HighBit">The highest of them.</param>
/// <param name="IsSigned">True where they are a two's complement number.</param>
internal sealed record PixelFormat(int Rows, int Columns, int Frames, int BitsAllocated, int BitsStored, int HighBit, bool IsSigned)
{
    /// <summary>Pixels of one frame.</summary>
    public int Pixels => Rows * Columns;

    /// <exception cref="DataException">An element is missing, or has a value that is not read here.</exception>
    public static PixelFormat Read(IDicomDataset set)
    {
        int rows = set.Whole(DicomTags.Rows, 1, ushort.MaxValue), columns = set.Whole(DicomTags.Columns, 1, ushort.MaxValue);
        if ((long)rows * columns > Array.MaxLength)
            throw set.Bad(DicomTags.Rows, $"{rows} x {columns} pixels; at most {Array.MaxLength} are possible.");
        if (set.Whole(DicomTags.SamplesPerPixel, 1, ushort.MaxValue, 1) is not 1 and var samples)
            throw set.Bad(DicomTags.SamplesPerPixel, $"{samples} samples a pixel; one is read here. This is a colour image.");
        int allocated = set.Whole(DicomTags.BitsAllocated, 1, ushort.MaxValue);
        if (allocated is not (1 or 8 or 16))
            throw set.Bad(DicomTags.BitsAllocated, $"{allocated}; 1, 8 and 16 are read here. Export the image with 16 bits.");
        int stored = set.Whole(DicomTags.BitsStored, 1, allocated, allocated);
        int high = set.Whole(DicomTags.HighBit, stored - 1, allocated - 1, stored - 1);
        int frames = set.Whole(DicomTags.NumberOfFrames, 1, 1 << 20, 1);
        bool signed = set.Whole(DicomTags.PixelRepresentation, 0, 1, 0) == 1;
        return new PixelFormat(rows, columns, frames, allocated, stored, high, signed);
    }

    /// <summary>
    /// Takes the value out of the bits around it: from <paramref name="highBit"/> down, <paramref name="bits"/> wide, with its sign.
    /// </summary>
    public void Extract(Span<int> pixels, int highBit, int bits)
    {
        int left = 31 - highBit, right = 32 - bits;
        Span<Vector<int>> lanes = MemoryMarshal.Cast<int, Vector<int>>(pixels);
        for (int i = 0; i < lanes.Length; i++)
        {
            Vector<int> shifted = lanes[i] << left;
            lanes[i] = IsSigned ? shifted >> right : shifted >>> right;
        }

        for (int i = lanes.Length * Vector<int>.Count; i < pixels.Length; i++)
            pixels[i] = IsSigned ? pixels[i] << left >> right : pixels[i] << left >>> right;
    }
}
