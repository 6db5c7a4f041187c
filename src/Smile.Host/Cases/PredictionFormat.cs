using Smile.Host.Imaging;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Cases;

/// <summary>A form in which <c>smile predict</c> writes a label map.</summary>
internal abstract class PredictionFormat
{
    public static readonly PredictionFormat LabelMap = new LabelMapFormat(), Masks = new MasksFormat();

    /// <summary>Every one, by the name that <c>--format</c> gives it.</summary>
    public static readonly IReadOnlyList<PredictionFormat> All = [LabelMap, Masks, new SegmentationFormat(), new StructureSetFormat()];

    private PredictionFormat(string name, string noun, params string[] endings) => (Name, Noun, Endings) = (name, noun, endings);

    public string Name { get; }

    /// <summary>What one volume becomes, with its article.</summary>
    public string Noun { get; }

    /// <summary>Of the file that is written; none where it is a folder.</summary>
    public IReadOnlyList<string> Endings { get; }

    /// <summary>True where patient, study and geometry come from a DICOM series.</summary>
    public bool NeedsSeries => this is DicomFormat;

    /// <param name="job">What was segmented, and where the result goes.</param>
    /// <param name="labels">The label map.</param>
    /// <param name="source">The NIfTI file of the image, where it is one.</param>
    /// <param name="grid">On which the labels lie where the series' own is not regular.</param>
    /// <param name="organs">In the order of their labels, from 1.</param>
    /// <exception cref="DataException">A file cannot be written.</exception>
    public abstract void Write(PredictionJob job, LabelMap labels, NiftiSource? source, RegularGrid? grid, IReadOnlyList<string> organs);

    private sealed class LabelMapFormat() : PredictionFormat("nifti", "a label map", ".nii", ".nii.gz")
    {
        public override void Write(PredictionJob job, LabelMap labels, NiftiSource? source, RegularGrid? grid,
            IReadOnlyList<string> organs) =>
            NiftiWriter.Write(job.Output, labels, source);
    }

    /// <summary>As TotalSegmentator: a folder with a file for each organ, 1 inside and 0 outside.</summary>
    private sealed class MasksFormat() : PredictionFormat("masks", "a folder of masks")
    {
        public override void Write(PredictionJob job, LabelMap labels, NiftiSource? source, RegularGrid? grid, IReadOnlyList<string> organs)
        {
            string[] files = LabelFiles.OrganFiles(organs);
            LabelFiles.MakeFolder(job.Output);
            for (int k = 0; k < organs.Count; k++)
                NiftiWriter.WriteMask(Path.Combine(job.Output, files[k]), labels, (byte)(k + 1), source);
        }
    }

    private abstract class DicomFormat(string name, string noun) : PredictionFormat(name, noun, ".dcm")
    {
        public sealed override void Write(PredictionJob job, LabelMap labels, NiftiSource? source, RegularGrid? grid,
            IReadOnlyList<string> organs) =>
            Write(job.Output, job.Stack!, grid?.BackToStack(labels.Voxels) ?? labels.Voxels,
                [.. organs.Zip(OrganColours.Of(organs), (organ, colour) => new SegmentToWrite(organ, (colour.R, colour.G, colour.B)))]);

        protected abstract void Write(string path, CtStack stack, byte[] labels, IReadOnlyList<SegmentToWrite> segments);
    }

    private sealed class SegmentationFormat() : DicomFormat("seg", "a DICOM SEG")
    {
        protected override void Write(string path, CtStack stack, byte[] labels, IReadOnlyList<SegmentToWrite> segments) =>
            DicomSegmentationWriter.Write(path, stack, labels, segments);
    }

    private sealed class StructureSetFormat() : DicomFormat("rtstruct", "an RTSTRUCT")
    {
        protected override void Write(string path, CtStack stack, byte[] labels, IReadOnlyList<SegmentToWrite> segments) =>
            DicomStructureSetWriter.Write(path, stack, labels, segments);
    }
}
