using Smile.Host.Imaging.Nifti;
using Smile.Host.Phantom;
using Smile.Net.Data;

namespace Smile.Host.Tests.Data;

public sealed class PhantomLabelAnalysisTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-table1-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Table 1 of the paper, from files: written phantoms, annotations.json at alpha 0.5, the labels that training uses.</summary>
    [Fact]
    public void On_phantoms_the_used_labels_are_the_papers_expressions()
    {
        string folder = Path.Combine(_folder, "phantoms");
        PhantomDataset.Write(folder, new PhantomOptions { Depth = 12, Height = 48, Width = 48, Seed = 3 }, 10,
            cancellation: TestContext.Current.CancellationToken);
        Dataset whole = Dataset.Open([folder], new NiftiVolumeReader());
        AnnotationFile.Write(Path.Combine(folder, AnnotationFile.FileName), whole.Organs,
            AnnotationDrop.Drop(whole.Training, whole.Organs, 0.5, seed: 1, LastAnnotation.Dropped));
        Dataset data = Dataset.Open([folder], new NiftiVolumeReader());

        IReadOnlyList<OrganLabels> rows = LabelAnalysis.Of([.. data.Training.Select(data.Load)], data.Organs);

        Assert.Equal(["liver", "pancreas", "stomach"], rows.Select(row => row.Organ).Order(StringComparer.Ordinal));
        foreach (OrganLabels row in rows)
        {
            Assert.InRange(row.MissingCases, 1, 9);
            var baseline = row.Baseline.Of(row.Voxels);
            var smile = row.Smile.Of(row.Voxels);
            // To the rounding of a few float64 operations on numbers below 1.
            Assert.Equal(row.ExpectedTruePositives(row.AlphaByOrgan), baseline.TruePositives, 1e-15);
            Assert.Equal(baseline.TruePositives, smile.TruePositives);
            Assert.Equal(row.ExpectedBaselineFalseNegatives(row.AlphaByOrgan), baseline.FalseNegatives, 1e-15);
            Assert.True(baseline.FalseNegatives > 0);
            Assert.Equal((0, 0), (smile.FalseNegatives, smile.FalsePositives));
            Assert.Equal(0, baseline.FalsePositives);
            Assert.Equal(row.ExpectedBaselineTrueNegatives, baseline.TrueNegatives, 1e-15);
            Assert.Equal(row.ExpectedSmileTrueNegatives(row.AlphaByBackground), smile.TrueNegatives, 1e-15);
            // Every case has as many voxels, so the alphas by cases and by background differ by the organ's share alone.
            Assert.Equal(row.AlphaByCases, row.AlphaByBackground, row.Beta);
        }
    }
}
