using Smile.Bench.Micro;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;

namespace Smile.PtxEmulator.Tests.Reports;

/// <summary>The operations that <c>micro</c> measures are those that a backend has, and each runs.</summary>
public sealed class MicroOperationsTests
{
    [Fact]
    public void They_are_those_of_a_backend()
    {
        // What an operation's contract asks for without a result is work on the device.
        string[] operations = [.. typeof(IBackend).GetInterfaces().Where(each => each.Namespace!.StartsWith("Smile.Kernels.Ops.",
            StringComparison.Ordinal)).SelectMany(each => each.GetMethods()).Where(method => method.ReturnType == typeof(void))
            .Select(method => method.Name)];
        Assert.NotEmpty(operations);
        Assert.Equal(operations.Order(StringComparer.Ordinal), MicroOperations.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_runs() => Assert.All(MicroOperations.Names, name =>
    {
        using var backend = new SimdBackend(1);
        var plan = new ArenaPlan();
        Action<IBackend> run = MicroOperations.Plan(name, plan);
        backend.Reserve(plan);
        run(backend);
        backend.Finish();
    });
}
