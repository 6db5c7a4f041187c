using System.Reflection;
using Smile.Host.Commands;
using Smile.Kernels;
using Smile.Net;

namespace Smile.Host.Tests;

/// <summary>References go one way: Smile.Host -> Smile.Net -> Smile.Kernels (DESIGN.md section 2).</summary>
public sealed class ArchitectureTests
{
    private static readonly Assembly _kernels = typeof(IBackend).Assembly;
    private static readonly Assembly _net = typeof(SmileException).Assembly;
    private static readonly Assembly _host = typeof(SmileProgram).Assembly;

    [Fact]
    public void Smile_Kernels_knows_neither_of_the_others() =>
        Assert.DoesNotContain(References(_kernels), name => name is "Smile.Net" or "smile");

    [Fact]
    public void Smile_Net_knows_Smile_Kernels_and_not_the_host()
    {
        Assert.Contains("Smile.Kernels", References(_net));
        Assert.DoesNotContain("smile", References(_net));
    }

    [Fact]
    public void Smile_Net_has_no_other_library()
    {
        var foreign = References(_net).Where(name => name != "Smile.Kernels" && !name.StartsWith("System.", StringComparison.Ordinal));
        Assert.Empty(foreign);
    }

    [Fact]
    public void Only_Smile_Kernels_uses_ILGPU()
    {
        Assert.DoesNotContain("ILGPU", References(_net));
        Assert.DoesNotContain("ILGPU", References(_host));
    }

    [Fact]
    public void No_file_in_src_has_more_than_400_lines()
    {
        var long_ = Directory.EnumerateFiles(Path.Combine(Repository(), "src"), "*.cs", SearchOption.AllDirectories)
            .Select(path => (path, Lines: File.ReadLines(path).Count()))
            .Where(file => file.Lines > 400)
            .Select(file => $"{file.path}: {file.Lines} lines");
        Assert.Empty(long_);
    }

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(name => name.Name!);

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Smile.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} lies in no checkout of Smile.");
    }
}
