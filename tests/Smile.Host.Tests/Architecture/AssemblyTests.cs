using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Smile.Host.Tests.Architecture;

/// <summary>
/// References go one way, Smile.Host -> Smile.Net -> Smile.Kernels, and each library serves the one assembly that it is there for.
/// </summary>
public sealed class AssemblyTests
{
    [Theory]
    [InlineData("Smile.Kernels", "ILGPU", "ILGPU.Algorithms")]
    [InlineData("Smile.Net", "Google.Protobuf", "Smile.Kernels", "System.Numerics.Tensors", "ZstdSharp")]
    [InlineData("smile", "OxyPlot", "Smile.Kernels", "Smile.Net", "Spectre.Console", "Spectre.Console.Ansi", "System.CommandLine",
        "System.Numerics.Tensors", "Tomlyn")]
    public void An_assembly_refers_to_the_runtime_and_to_these(string assembly, params string[] allowed)
    {
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var others = Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => !File.Exists(Path.Combine(runtime, name + ".dll")));
        Assert.Equal(allowed, others.Order(StringComparer.Ordinal));
    }

    [Theory] // Smile.Kernels.Hashing asks for it alone, and does without where there is none
    [InlineData("Smile.Net")]
    [InlineData("smile")]
    public void An_assembly_needs_no_OpenSSL(string assembly)
    {
        Assembly loaded = Assembly.Load(assembly);
        Assert.DoesNotContain(loaded.GetReferencedAssemblies(), name => name.Name == "System.Security.Cryptography");
        using var file = new PEReader(File.OpenRead(loaded.Location));
        MetadataReader metadata = file.GetMetadataReader();
        string[] members = [.. metadata.MemberReferences.Select(each => metadata.GetString(metadata.GetMemberReference(each).Name))];
        Assert.Contains("Append", members);
        Assert.DoesNotContain("set_AllowDuplicateProperties", members);
    }
}
