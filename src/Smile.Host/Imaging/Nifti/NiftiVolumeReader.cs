using Smile.Net.Data;

namespace Smile.Host.Imaging.Nifti;

/// <summary>NIfTI for Smile.Net's data sets, which know no file format.</summary>
/// <param name="warn">Hears what is odd in a header and did not stop the reading.</param>
internal sealed class NiftiVolumeReader(Action<string>? warn = null) : IVolumeReader
{
    /// <inheritdoc/>
    public Volume ReadVolume(string path)
    {
        (Volume volume, NiftiSource source) = NiftiReader.ReadVolume(path);
        Pass(source.Warnings);
        return volume;
    }

    /// <inheritdoc/>
    public LabelMap ReadLabels(string path)
    {
        (LabelMap labels, NiftiSource source) = NiftiReader.ReadLabels(path);
        Pass(source.Warnings);
        return labels;
    }

    /// <inheritdoc/>
    public Geometry ReadGeometry(string path)
    {
        NiftiSource source = NiftiReader.ReadHeader(path);
        Pass(source.Warnings);
        return source.Geometry;
    }

    private void Pass(IReadOnlyList<string> warnings)
    {
        foreach (string warning in warnings)
            warn?.Invoke(warning);
    }
}
