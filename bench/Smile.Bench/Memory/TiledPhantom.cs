using Smile.Bench.Dicom;
using Smile.Host.Phantom;
using Smile.Net.Data;

namespace Smile.Bench.Memory;

/// <summary>An axis of a file: which of the patient's x, y, z (RAS+) it runs along, and whether the other way.</summary>
internal readonly record struct FileAxis(int Axis, bool Flip);

/// <summary>
/// A volume of any size that is full of organs: a phantom as the shipped model knows it, in its true size (nearest voxels), repeated along
/// all axes. It has more outlines in a slice than a patient has.
/// </summary>
internal sealed class TiledPhantom
{
    private readonly short[] _hounsfield;
    private readonly int[] _size, _stride;
    private readonly double[] _spacing; // mm, along x, y, z

    public TiledPhantom()
    {
        var options = new PhantomOptions();
        Volume image = PhantomCase.Generate(options, 0).Image;
        _hounsfield = [.. image.Voxels.Select(hu => (short)hu)];
        _spacing = [image.Geometry.Spacing.X, image.Geometry.Spacing.Y, image.Geometry.Spacing.Z];
        _size = [options.Width, options.Height, options.Depth];
        _stride = [1, options.Width, options.Width * options.Height];
    }

    /// <summary>
    /// Plane <paramref name="k"/> of a file, <see cref="CtFile.Size"/> pixels along its first two axes, in HU plus
    /// <paramref name="offset"/>.
    /// </summary>
    /// <param name="axes">Of the file.</param>
    /// <param name="spacing">Along them, mm.</param>
    /// <param name="k">Which plane.</param>
    /// <param name="planes">How many the file has.</param>
    /// <param name="offset">Added to every voxel.</param>
    public short[] Plane(IReadOnlyList<FileAxis> axes, IReadOnlyList<double> spacing, int k, int planes, int offset)
    {
        int At(int axis, int index, int count)
        {
            (int patient, bool flip) = axes[axis];
            int voxel = (int)((flip ? count - 1 - index : index) * spacing[axis] / _spacing[patient]);
            return voxel % _size[patient] * _stride[patient];
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
