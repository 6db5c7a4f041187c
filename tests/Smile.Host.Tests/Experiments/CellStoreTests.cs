using Smile.Host.Experiments;
using Smile.Net;

namespace Smile.Host.Tests.Experiments;

/// <summary>Whose folder a study takes.</summary>
public sealed class CellStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-cells-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("study.json.123-abcdefgh.tmp", true)] // another shard writes the plan at this moment
    [InlineData("notes.txt", false)]
    public void A_folder_in_which_another_shard_begins_is_no_foreign_one(string file, bool taken)
    {
        File.WriteAllText(Path.Combine(_folder, file), "");
        var store = new CellStore(_folder);
        if (taken)
            store.Make();
        else
            Assert.Throws<ConfigException>(store.Make);
        Assert.Equal(taken, Directory.Exists(Path.Combine(_folder, "cells")));
    }
}
