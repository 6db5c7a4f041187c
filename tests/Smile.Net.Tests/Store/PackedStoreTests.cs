using Smile.Net.Data;
using Smile.Net.Store;

namespace Smile.Net.Tests.Store;

public sealed class PackedStoreTests : IDisposable
{
    private readonly PackedFolder _packed = new();

    public void Dispose() => _packed.Dispose();

    [Fact]
    public void Cases_come_back_bit_by_bit()
    {
        Assert.Equal(3, _packed.Pack());
        Dataset source = _packed.Data.Open(), store = PackedStore.Open(_packed.Store);
        Assert.Equal(source.Organs.Names, store.Organs.Names);
        Assert.Equal(["real", "whole"], store.Training.Select(each => each.Id));
        Assert.Equal(["t"], store.Test.Select(each => each.Id));
        foreach ((Case one, Case other) in source.Training.Concat(source.Test).Zip(store.Training.Concat(store.Test)))
        {
            CaseData loaded = store.Load(other);
            PackedFolder.AssertSame(source.Load(one), loaded);
            Assert.Equal((0L, true), (loaded.Image.Bytes, loaded.Image.IsStored));
        }

        Assert.Equal(DataHash.OfCases(source.Organs, source.Training.Select(source.Load)),
            DataHash.OfCases(store.Organs, store.Training.Select(store.Load)));
        Assert.Equal(DataHash.Of(source.Organs, source.Training.Select(source.Load)),
            DataHash.Of(store.Organs, store.Training.Select(store.Load)));
    }

    [Fact]
    public void A_store_has_the_cases_of_fewer_organs_too()
    {
        _packed.Pack();
        Dataset source = _packed.Data.Open().Keeping(0b101), store = PackedStore.Open(_packed.Store).Keeping(0b101);
        foreach ((Case one, Case other) in source.Training.Zip(store.Training))
            PackedFolder.AssertSame(source.Load(one), store.Load(other));
    }

    [Fact]
    public void Training_cases_are_kept_in_a_spacing_beside_their_own()
    {
        var spacing = new PlaneSpacing(2, 2);
        Assert.Equal(5, _packed.Pack(spacing));
        Dataset source = _packed.Data.Open(), store = PackedStore.Open(_packed.Store);
        foreach ((Case one, Case other) in source.Training.Zip(store.Training))
        {
            PackedFolder.AssertSame(source.Load(one).At(spacing), store.Load(other, spacing));
            PackedFolder.AssertSame(source.Load(one), store.Load(other));
            Assert.True(store.IsStored(other, spacing) && store.IsStored(other, null) && !store.IsStored(other, new PlaneSpacing(3, 3)));
            PackedFolder.AssertSame(source.Load(one).At(new PlaneSpacing(3, 3)), store.Load(other, new PlaneSpacing(3, 3)));
        }

        Assert.False(store.IsStored(store.Test[0], spacing));
        Assert.Equal(0, _packed.Pack(spacing));
        _packed.Data.Write("annotations.json", """{ "whole": ["liver"] }"""); // what is visible decides the votes for labels
        Assert.Equal(1, _packed.Pack(spacing));
    }

    [Fact]
    public void What_is_whole_and_unchanged_is_kept()
    {
        Assert.Equal(3, _packed.Pack());
        Assert.Equal(0, _packed.Pack());

        _packed.Data.Write("annotations.json", """{ "whole": ["liver"] }""");
        Assert.Equal(0, _packed.Pack());
        Assert.Equal(0b001u, PackedStore.Open(_packed.Store).Training[1].Annotated);

        Change("whole", 3);
        Assert.Equal(1, _packed.Pack());
        byte[] half = File.ReadAllBytes(_packed.File("real"))[..^100];
        File.WriteAllBytes(_packed.File("real"), half);
        File.Delete(Path.Combine(_packed.Store, "store.json")); // as where it was killed
        Assert.Equal(1, _packed.Pack());
        Dataset source = _packed.Data.Open(), store = PackedStore.Open(_packed.Store);
        foreach ((Case one, Case other) in source.Training.Zip(store.Training))
            PackedFolder.AssertSame(source.Load(one), store.Load(other));
    }

    [Fact]
    public void Slices_that_are_alike_are_stored_once()
    {
        Geometry grid = Geometry.Regular(6, 40, 40, 1, 1, 1);
        var rng = new Rng(1);
        float[] slice = [.. Enumerable.Range(0, 1600).Select(_ => (float)rng.Next(4000))];
        float[] voxels = [.. Enumerable.Range(0, 6).SelectMany(z => z is 1 or 2 or 3 ? slice : slice.Select(hu => hu + z))];
        var data = new CaseData("a", new Volume(grid, voxels), new byte[voxels.Length], annotated: 0, truth: 0);
        long Length(CaseData each) => new FileInfo(Pack(each)).Length;
        string Pack(CaseData each)
        {
            Directory.CreateDirectory(_packed.Store);
            Stored.Of(_packed.Store, [each], organs: 1);
            return Stored.File(_packed.Store, each.Id);
        }

        using (PackedCase packed = PackedCase.Open(Pack(data)))
            PackedFolder.AssertSame(data, packed.ToCase(0, null));
        float[] all = [.. Enumerable.Range(0, 6).SelectMany(z => slice.Select(hu => hu + z))];
        long different = Length(new CaseData("a", new Volume(grid, all), new byte[all.Length], annotated: 0, truth: 0));
        Assert.InRange(Length(data), different / 2, different * 3 / 4);
    }

    [Fact]
    public void What_is_no_case_any_more_is_deleted()
    {
        _packed.Pack();
        File.WriteAllText(_packed.File("gone"), "");
        File.WriteAllText(_packed.File("whole") + ".1-x.tmp", "");
        _packed.Pack();
        Assert.Equal(["real", "t", "whole"],
            Directory.GetFiles(Path.GetDirectoryName(_packed.File("t"))!).Select(Path.GetFileNameWithoutExtension).Order());
    }

    [Fact]
    public void A_case_that_changed_after_packing_is_told()
    {
        _packed.Pack();
        Assert.Empty(Loaded().Changes);
        File.SetLastWriteTimeUtc(_packed.Data.At("imagesTr", "whole_0000.nii.gz"), DateTime.UtcNow.AddHours(1)); // the same bytes
        Assert.Empty(Loaded().Changes);
        Change("whole", 5);
        _packed.Data.Write("annotations.json", "{}").Write("groups.json", "{}");
        Assert.Collection(Loaded().Changes,
            change => Assert.StartsWith(_packed.Data.At("groups.json"), change, StringComparison.Ordinal),
            change => Assert.StartsWith(_packed.Data.At("imagesTr", "whole_0000.nii.gz"), change, StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_holds_something_else_is_left_alone()
    {
        Directory.CreateDirectory(_packed.Store);
        File.WriteAllText(Path.Combine(_packed.Store, "thesis.tex"), "");
        Assert.Contains("is no store", Assert.Throws<ConfigException>(() => _packed.Pack()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_commands_refuse_a_store()
    {
        _packed.Pack();
        Assert.Contains("is a store", Assert.Throws<ConfigException>(() => Dataset.Open([_packed.Store], _packed.Data.Reader)).Message,
            StringComparison.Ordinal);
    }

    private Dataset Loaded()
    {
        Dataset store = PackedStore.Open(_packed.Store);
        foreach (Case each in store.Training)
            store.Load(each);
        return store;
    }

    /// <summary>Voxels are in memory: the file says that they are others.</summary>
    private void Change(string id, float factor)
    {
        _packed.Write(id, factor, "Tr");
        File.WriteAllText(_packed.Data.At("imagesTr", id + "_0000.nii.gz"), $"{factor}");
    }
}
