namespace Smile.Host.Experiments;

/// <summary>Where a study measures: the cells of one variant at one alpha and one number of training cases, a split each.</summary>
/// <param name="TrainCases">As <see cref="Cell.TrainCases"/>.</param>
/// <param name="Alpha">Share of the annotations that is dropped.</param>
/// <param name="Label">Of the variant.</param>
internal readonly record struct StudyPoint(int TrainCases, double Alpha, string Label)
{
    public static StudyPoint Of(CellResult cell) => new(cell.TrainCases, cell.Alpha, cell.Label);
}
