using Smile.Bench.Dicom;
using Smile.Host.Phantom;

namespace Smile.Bench.Memory;

/// <summary>An axis of a file: which of the patient's x, y, z (RAS+) it runs along, and whether the other way.</summary>
internal readonly record struct FileAxis(int Axis, bool Flip);

/// <summary>
/// A volume of any size that is full of organs: a phantom as the shipped model knows it, repeated along all axes. It has more outlines in
/// a slice than a patient has.
/// </summary>
internal sealed class TiledPhantom
{
    private readonly short[] _hounsfield;
    private readonly int[] _size, _stride;

    public TiledPhantom()
    {
        var options = new PhantomOptions();
        _hounsfield = [.. PhantomCase.Generate(options, 0).Image.Voxels.Select(hu => (short)hu)];
        _size = [options.Width, options.Height, options.Depth];
        _stride = [1, options.Width, options.Width * options.Height];
    }

    /// <summary>
    /// Plane <paramref name="k"/> of a file, <see cref="CtFile.Size"/> pixels along its first two axes, in HU plus
    /// <paramref name="offset"/>.
    /// </summary>
    public short[] Plane(IReadOnlyList<FileAxis> axes, int k, int planes, int offset)
    {
        int At(int axis, int index, int count)
        {
            (int patient, bool flip) = axes[axis];
            return (flip ? count - 1 - index : index) % _size[patient] * _stride[patient];
        }

        var plane = new short[CtFile.Size * CtFile.Size];
        int start = At(2, k, planes);
        int[] columns = [.. Enumerable.Range(0, CtFile.Size).Select(i => At(0, i, CtFile.Size))];
        for (int j = 0; j < CtFile.Size; j++)
        {
            int row = start + At(1, j, CtFile.Size);
            for (int i = 0; i < CtFile.Size; i++)
                plane[j * CtFile.Size + i] = (short)(_hounsfield[row + columns[i]] + offset);
        }

        return plane;
    }
}
