using Smile.Host.Cli;
using Smile.Host.Experiments;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Experiments;

public sealed class StudyPlanTests
{
    private static readonly StudyData _data = TinyStudy.Data();
    private static readonly StudyPlan _plan = StudyPlan.Of(TinyStudy.Study, _data);

    [Fact]
    public void Every_method_meets_every_alpha_on_every_split_once()
    {
        Assert.Equal(2 * (3 * 2 + 1), _plan.Cells.Count);
        Assert.Equal(_plan.Cells.Count, _plan.Cells.Select(c => c.Id).Distinct().Count());
        Assert.Equal(
            from split in new[] { 0, 1 } from alpha in new[] { 0, 0.5 } from method in Methods.All select (method, alpha, split),
            _plan.Cells.Where(c => c.Label == c.Method).Select(c => (c.Method, c.Alpha, c.Split)));
    }

    [Fact]
    public void Only_smiler_without_a_missing_annotation_shares_a_result()
    {
        var shared = _plan.Cells.Where(c => c.SameAs is not null).ToArray();
        Assert.Equal(["smiler-a00-s0", "smiler-a00-s1"], shared.Select(c => c.Id));
        Assert.Equal(["smile-a00-s0", "smile-a00-s1"], shared.Select(c => c.SameAs));
    }

    [Theory]
    [InlineData("relabel.restart=true")]
    [InlineData("relabel.schedule=round")]
    public void Rounds_that_are_more_than_labels_share_no_result(string setting)
    {
        Study study = TinyStudy.Study with { Settings = SettingsReader.ReadRun(TinyStudy.Study.Settings, [], [setting]) };
        Assert.All(StudyPlan.Of(study, _data).Cells, cell => Assert.Null(cell.SameAs));
    }

    [Fact]
    public void Shards_hold_every_run_once()
    {
        var parts = Enumerable.Range(1, 5).SelectMany(part => _plan.Shard(part, 5)).Select(c => c.Id);
        Assert.Equal(_plan.Runs.Select(c => c.Id).Order(), parts.Order());
    }

    [Fact]
    public void Methods_differ_in_nothing_but_their_name()
    {
        string[] settings = [.. _plan.Cells.Where(c => c is { Alpha: 0.5, Split: 1 } && c.Label == c.Method)
            .Select(c => c.Settings(TinyStudy.Study).ToText().Replace($"\"{c.Method}\"", "", StringComparison.Ordinal))];
        Assert.Equal(3, settings.Length);
        Assert.Single(settings.Distinct());
    }

    [Fact]
    public void A_variant_lays_its_settings_over_the_studys()
    {
        var relabel = _plan.Cells.First(c => c.Label == StudyPresets.Rounds).Settings(TinyStudy.Study).Relabel;
        Assert.Equal((3, 1.0), (relabel.Rounds, relabel.GammaMax));
    }

    [Fact]
    public void The_key_follows_what_decides_a_result_and_not_where_it_is_run()
    {
        var study = TinyStudy.Study;
        var cell = _plan.Cells[1];
        string key = cell.Key(study, _data.Hash);
        Study With(Func<RunSettings, RunSettings> change) => study with { Settings = change(study.Settings) };
        Assert.Equal(key, cell.Key(With(s => s with { Run = s.Run with { Threads = 7, Device = "scalar", SaveEvery = 3 } }), _data.Hash));
        Assert.NotEqual(key, cell.Key(With(s => s with { Train = s.Train with { Steps = 9 } }), _data.Hash));
        Assert.NotEqual(key, cell.Key(study with { Seed = 4 }, _data.Hash));
        Assert.NotEqual(key, cell.Key(study, "other data"));
        Assert.NotEqual(key, (cell with { Split = 1 }).Key(study, _data.Hash));
        Assert.NotEqual(key, (cell with { Drop = DropModes.PerSite }).Key(study, _data.Hash));
    }

    [Fact]
    public void What_is_missing_at_one_alpha_is_missing_at_a_higher_one()
    {
        foreach (int split in new[] { 0, 1 })
        {
            uint[] few = [.. _data.Training(split, 0.3).Select(c => c.Annotated.Word(0))],
                many = [.. _data.Training(split, 0.6).Select(c => c.Annotated.Word(0))];
            Assert.All(few.Zip(many), pair => Assert.Equal(pair.Second, pair.First & pair.Second));
            Assert.NotEqual(few, many);
        }
    }

    [Fact]
    public void Fewer_training_cases_are_part_of_more_and_each_organ_keeps_an_annotation()
    {
        var few = _data.Training(0, 0, trainCases: 2).Select(c => c.Id);
        var more = _data.Training(0, 0, trainCases: 4).Select(c => c.Id);
        Assert.Equal((2, 4), (few.Count(), more.Count()));
        Assert.Empty(few.Except(more));
        Assert.Empty(more.Except(_data.Split(0).Train));
        Assert.Equal(_data.Training(0, 0.2).Select(c => c.Annotated), _data.Training(0, 0.2, trainCases: 5).Select(c => c.Annotated));
        Assert.Equal([1, 1, 1], _data.Annotated(_data.Training(0, 0.999, trainCases: 2)));
        Assert.Contains("5 cases", Assert.Throws<ConfigException>(() => _data.Training(0, 0, trainCases: 6)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_of_training_cases_are_an_axis_that_leaves_other_cells_as_they_are()
    {
        var sized = StudyPlan.Of(TinyStudy.Study with { TrainCases = [3, 5] }, _data);
        Assert.Equal(2 * _plan.Cells.Count, sized.Cells.Select(c => c.Id).Distinct().Count());
        Assert.Equal(["smiler-n3-a00-s0", "smiler-n5-a00-s0"],
            sized.Cells.Where(c => c.SameAs is not null && c.Split == 0).Select(c => c.Id));
        Assert.Equal("smile-n3-a00-s0", sized.Cells.First(c => c.SameAs is not null).SameAs);
        Assert.Equal("smile-a50-s1", new Cell(Methods.Smile, Methods.Smile, 0.5, 1, []).Id);
        Cell cell = _plan.Cells[1];
        Assert.NotEqual(cell.Key(TinyStudy.Study, _data.Hash), (cell with { TrainCases = 5 }).Key(TinyStudy.Study, _data.Hash));
        Assert.Equal(5, sized.Cells.Where(c => c.Keep == Kept.TestSlice).Select(c => c.TrainCases).Distinct().Single());
    }

    [Fact]
    public void By_site_each_case_of_alpha_1_keeps_one_organ_and_by_pathology_the_largest_keep_it()
    {
        Assert.All(_data.Training(0, 1, DropModes.PerSite), c => Assert.Equal(1, c.Annotated.Count));
        Assert.Equal(2 / 3.0, _data.Missing(_data.Training(0, 1, DropModes.PerSite)), 1e-12);
        var dropped = _data.Training(0, 0.5, DropModes.PerPathology);
        for (int k = 0; k < _data.Organs.Count; k++)
        {
            var volumes = dropped.ToLookup(c => c.Annotated.Has(k),
                c => DropNumbers.Volumes(c, _data.Organs.Count)[k]);
            Assert.True(volumes[true].Min() >= volumes[false].Max());
        }
    }

    [Fact]
    public void Beyond_the_paper_runs_differ_in_their_variant_alone()
    {
        Study paper = StudyPresets.Find("paper"), beyond = StudyPresets.Find("beyond");
        Assert.Equal(paper with { Name = "", Variants = [] }, beyond with { Name = "", Variants = [] });
        var rules = beyond.Variants.Select(v => new Cell(v.Label, v.Method, 0.7, 0, v.Set).Settings(beyond))
            .Where(s => s.Train.Method == Methods.Smiler);
        Assert.Equal(Selections.All, rules.Select(s => s.Relabel.Select).Distinct());
        Assert.Equal(DropModes.All.Order(), beyond.Variants.Select(v => v.Drop).Distinct().Order());
    }

    [Fact]
    public void Where_every_organ_keeps_its_cases_the_divisions_and_keys_are_those_of_studies_of_before()
    {
        foreach (Cell cell in _plan.Cells.Where(c => c.Alpha == 0))
        {
            CaseData[] all = [.. _data.Training(cell.Split, 0), .. _data.Test(cell.Split)];
            ulong seed = TinyStudy.Study.Seed + (ulong)cell.Split;
            Split random = Splits.Random(all.Select(c => (c.Id, c.Group)), seed, TinyStudy.Study.HeldOut);
            Assert.Equal(random.Validation, _data.Split(cell.Split).Validation);
            var settings = cell.Settings(TinyStudy.Study);
            CaseData[] training = _data.Training(cell.Split, 0);
            random = Splits.Random(training.Select(c => (c.Id, c.Group)), (ulong)settings.Run.Seed, settings.Data.Validation);
            Assert.Equal(random.Validation, _data.Validation(cell, training).Validation);
            Assert.Equal(cell.Key(TinyStudy.Study, _data.Hash), _data.Key(cell));
        }
    }

    [Fact]
    public void Each_organ_keeps_an_annotated_training_case_and_what_is_divided_otherwise_has_another_key()
    {
        Study study = TinyStudy.Study with { Splits = 12, Variants = Study.MainVariants([0.5, 0.7]) };
        StudyData data = TinyStudy.Data(study);
        int differ = 0;
        foreach (Cell cell in StudyPlan.Of(study, data).Cells.Where(c => c.Method == Methods.Smile))
        {
            CaseData[] training = data.Training(cell.Split, cell.Alpha);
            Split split = data.Validation(cell, training);
            OrganBits Shown(IEnumerable<string> ids) => training.Where(c => ids.Contains(c.Id))
                .Aggregate(default(OrganBits), (bits, c) => bits | c.Shown);
            OrganBits all = Shown(training.Select(c => c.Id));
            Assert.Equal(all, Shown(split.Train));
            var settings = cell.Settings(study);
            Split random = Splits.Random(training.Select(c => (c.Id, c.Group)), (ulong)settings.Run.Seed, settings.Data.Validation);
            // The random division stays wherever it leaves every organ a case.
            bool same = random.Validation.SequenceEqual(split.Validation);
            Assert.Equal(Shown(random.Train) == all, same);
            Assert.Equal(same, cell.Key(study, data.Hash) == data.Key(cell));
            differ += same ? 0 : 1;
        }

        Assert.True(differ > 0, "no cell whose random division would have lost an organ");
    }

    [Fact]
    public void An_organ_of_a_single_case_is_not_only_tested_on()
    {
        // Organ 0 in one case of six: in two of six seeds or so a random split would test on it.
        using var folder = new TinyDataset(); // liver and stomach in each of four cases
        foreach (string id in (string[])["case_1", "case_2", "case_3"])
        {
            LabelMap labels = NiftiReader.ReadLabels(folder.Labels(id)).Labels;
            folder.ReplaceLabels(id, new LabelMap(labels.Geometry, [.. labels.Voxels.Select(label => label == 1 ? (byte)0 : label)]));
        }

        StudyData data = TinyStudy.Data(TinyStudy.Study with { Folders = [folder.Folder], Splits = 12 });
        Assert.All(Enumerable.Range(0, 12), split => Assert.Contains("case_0", data.Split(split).Train));
    }

    [Fact]
    public void Test_cases_are_not_trained_on_and_keep_every_annotation()
    {
        var test = _data.Test(0);
        Assert.Empty(_data.Training(0, 0.5).Select(c => c.Id).Intersect(test.Select(c => c.Id)));
        Assert.All(test, c => Assert.Equal(_data.Organs.All, c.Annotated));
        Assert.NotEqual(test.Select(c => c.Id), _data.Test(1).Select(c => c.Id));
    }
}
