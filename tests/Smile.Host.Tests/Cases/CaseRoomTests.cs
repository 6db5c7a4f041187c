using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Tests.Cases;

/// <summary>Four cases of 1,536 voxels, counted as 2.2 bytes a voxel: 13,517 bytes; with the labels that they have, 14,300.</summary>
public sealed class CaseRoomTests : IDisposable
{
    private readonly TinyDataset _data = new();
    private readonly StringWriter _told = new();

    public void Dispose()
    {
        _data.Dispose();
        _told.Dispose();
    }

    [Theory]
    [InlineData("14500", 0)]
    [InlineData("13516", 4)]
    [InlineData("0", 4)]
    public void Cases_are_in_memory_or_in_files(string memory, int stored)
    {
        CaseData[] cases = Load(memory, available: 1 << 30);
        Assert.Equal(stored, cases.Count(data => data.Image.IsStored));
        Assert.Equal(stored > 0, _told.ToString().Contains("memory: 4 cases would take", StringComparison.Ordinal));
        AssertSame(cases);
        Assert.Equal(stored, Load(memory, available: 1 << 30).Count(data => data.Image.IsStored)); // the files are there now
    }

    [Fact]
    public void What_takes_more_than_its_header_said_goes_into_files()
    {
        Volume image = NiftiReader.ReadVolume(_data.Image("case_1")).Volume;
        NiftiWriter.Write(_data.Image("case_1"), new Volume(image.Geometry, [.. image.Voxels.Select(hu => hu + 0.5f)])); // 4.2 bytes
        CaseData[] cases = Load("15000", available: 1 << 30);
        Assert.Equal([false, false, false, true], cases.Select(data => data.Image.IsStored));
        AssertSame(cases);
    }

    [Fact]
    public void Auto_leaves_a_quarter()
    {
        Assert.Equal(0, Load("auto", available: 4 * 14500 / 3).Count(data => data.Image.IsStored));
        Assert.Equal(4, Load("auto", available: 4 * 13500 / 3).Count(data => data.Image.IsStored));
    }

    [Fact]
    public void A_case_that_cannot_be_packed_is_refused_before_any_is_read()
    {
        string message = Assert.Throws<DataException>(() => Load("auto", available: 7 * 1536 - 1)).Message;
        Assert.Contains("case_0: 1,536 voxels take", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_data.Folder, "run")));
    }

    private CaseData[] Load(string memory, long available)
    {
        using var interruption = new Interruption();
        var session = new Session(TextWriter.Null, _told, interruption, live: false);
        Dataset dataset = CaseLoader.Open(session, [_data.Folder]);
        var room = new CaseRoom(memory, Path.Combine(_data.Folder, "run"), available);
        return CaseLoader.Load(session, dataset, dataset.Training, "loading", room, _ => null, rounds: false);
    }

    private void AssertSame(CaseData[] cases)
    {
        Dataset dataset = Dataset.Open([_data.Folder], new NiftiVolumeReader());
        Assert.Equal(DataHash.Of(dataset.Organs, dataset.Training.Select(dataset.Load)), DataHash.Of(dataset.Organs, cases));
    }
}
