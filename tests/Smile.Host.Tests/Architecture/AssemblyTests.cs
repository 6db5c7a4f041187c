using System.Reflection;

namespace Smile.Host.Tests.Architecture;

/// <summary>
/// References go one way, Smile.Host -> Smile.Net -> Smile.Kernels, and each library serves the one assembly that it is there for.
/// </summary>
public sealed class AssemblyTests
{
    [Theory]
    [InlineData("Smile.Kernels", "ILGPU", "ILGPU.Algorithms")]
    [InlineData("Smile.Net", "Smile.Kernels", "System.Numerics.Tensors")]
    [InlineData("smile", "OxyPlot", "Smile.Kernels", "Smile.Net", "Spectre.Console", "Spectre.Console.Ansi", "System.CommandLine",
        "System.Numerics.Tensors", "Tomlyn")]
    public void An_assembly_refers_to_the_runtime_and_to_these(string assembly, params string[] allowed)
    {
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var others = Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => !File.Exists(Path.Combine(runtime, name + ".dll")));
        Assert.Equal(allowed, others.Order(StringComparer.Ordinal));
    }
}
