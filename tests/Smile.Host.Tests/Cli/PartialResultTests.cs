using Smile.Host.Cli;
using Smile.Kernels.Memory;
using Smile.Net;

namespace Smile.Host.Tests.Cli;

public sealed class PartialResultTests
{
    /// <summary>One volume that is too large, or that a codec chokes on, ends no folder of forty.</summary>
    [Fact]
    public void What_fails_of_one_case_is_the_cases_whatever_it_is()
    {
        Exception[] failures =
        [
            new DataException("a"), new BackendException("b"), new InsufficientMemoryException("c"), new InvalidDataException("d"),
            new NotSupportedException("e"),
        ];
        Assert.All(failures, failure => Assert.True(PartialResult.OfCase(failure)));
        Assert.False(PartialResult.OfCase(new OperationCanceledException()));
        Assert.False(PartialResult.OfCase(new ConfigException("the same for all cases")));
        Assert.Equal("ct.nii: damaged", PartialResult.Line("ct.nii", new DataException("ct.nii: damaged")));
        Assert.Equal("ct.nii: not enough memory: c", PartialResult.Line("ct.nii", failures[2]));
        Assert.Equal("ct.nii: e", PartialResult.Line("ct.nii", failures[4]));
    }
}
