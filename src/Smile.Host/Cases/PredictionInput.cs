using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Cases;

/// <summary>A volume to segment, opened. Its voxels stay in the file, but for files whose planes are no axial slices.</summary>
/// <param name="Slabs">The voxels.</param>
/// <param name="Source">The NIfTI file, where it is one.</param>
/// <param name="Grid">On which the voxels lie, where the series' own is not regular.</param>
internal sealed record PredictionInput(ProfiledSlabs Slabs, NiftiSource? Source, RegularGrid? Grid) : IDisposable
{
    /// <param name="job">What to open.</param>
    /// <param name="warn">Hears what is odd in a NIfTI header; a series has told it before.</param>
    /// <exception cref="DataException">A file is damaged.</exception>
    public static PredictionInput Open(PredictionJob job, Action<string> warn)
    {
        if (job.Stack is { } stack)
        {
            RegularGrid? grid = RegularGrid.Of(stack);
            ISlabReader slabs = grid is not null ? grid.OpenSlabs() ?? new VolumeSlabs(grid.Image())
                : DicomSeries.OpenSlabs(stack) ?? new VolumeSlabs(DicomSeries.Read(stack));
            return new PredictionInput(new ProfiledSlabs(slabs), null, grid);
        }

        NiftiSource source = NiftiReader.ReadHeader(job.Image);
        foreach (string warning in source.Warnings)
            warn(warning);
        return new PredictionInput(new ProfiledSlabs(NiftiReader.OpenSlabs(source)
            ?? new VolumeSlabs(NiftiReader.ReadVolume(job.Image).Volume)), source, null);
    }

    /// <summary>What speaks against the numbers that were read, with the image's name.</summary>
    public IEnumerable<string> Doubts(PredictionJob job) => Slabs.Profile.Doubts.Select(doubt => $"{job.Image}: {doubt}");

    public void Dispose() => Slabs.Dispose();
}
