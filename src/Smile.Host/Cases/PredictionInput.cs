using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Cases;

/// <summary>A volume to segment, opened. Its voxels stay in the file, but for files whose planes are no axial slices.</summary>
/// <param name="Slabs">The voxels.</param>
/// <param name="Source">The NIfTI file, where it is one.</param>
/// <param name="Grid">On which the voxels lie, where the series' own is not regular.</param>
internal sealed record PredictionInput(ISlabReader Slabs, NiftiSource? Source, RegularGrid? Grid) : IDisposable
{
    /// <exception cref="DataException">A file is damaged.</exception>
    public static PredictionInput Open(PredictionJob job)
    {
        if (job.Stack is { } stack)
        {
            return RegularGrid.Of(stack) is { } grid
                ? new PredictionInput(grid.OpenSlabs() ?? new VolumeSlabs(grid.Image()), null, grid)
                : new PredictionInput(DicomSeries.OpenSlabs(stack) ?? new VolumeSlabs(DicomSeries.Read(stack)), null, null);
        }

        NiftiSource source = NiftiReader.ReadHeader(job.Image);
        return new PredictionInput(NiftiReader.OpenSlabs(source) ?? new VolumeSlabs(NiftiReader.ReadVolume(job.Image).Volume), source, null);
    }

    public void Dispose() => Slabs.Dispose();
}
