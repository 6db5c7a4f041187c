using ILGPU;
using ILGPU.Runtime.Cuda;
using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Float32;

namespace Smile.Kernels.Tests.Gpu.Cuda;

public sealed class PtxCompilerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-ptx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("\tbra.uni L_1;", "\tbra L_1;")]
    [InlineData("\t@%p1 bra.uni L_1;\n\tbra.uni L_2;", "\t@%p1 bra L_1;\n\tbra L_2;")]
    [InlineData("\tcall.uni f;\n\tbra L_bra;", "\tcall.uni f;\n\tbra L_bra;")]
    [InlineData(".target sm_80, debug\n\tret;\n.section.debug_info { }\n", ".target sm_80\n\tret;\n\n")]
    [InlineData("Lbra.unix:\n\t.loc 1 2 3\n", "Lbra.unix:\n\t.loc 1 2 3\n")]
    public void The_pass_takes_the_mark_from_branches_and_leaves_the_rest(string before, string after) =>
        Assert.Equal(after, PtxPass.Apply(before));

    [Theory]
    [InlineData(".target sm_80", 90, ".target sm_90")]
    [InlineData(".target sm_80, debug", 90, ".target sm_90")]
    [InlineData(".target sm_80", 75, ".target sm_80")]
    public void The_pass_raises_a_target_that_is_too_low(string before, int capability, string after) =>
        Assert.Equal(after, PtxPass.Apply(before, capability));

    [Fact]
    public void What_is_compiled_has_no_uniform_branch_and_names_its_lines()
    {
        using var compiler = new PtxCompiler(CudaArchitecture.SM_80, null);
        string ptx = compiler.Compile(FillKernels.Kernel);
        Assert.Contains($".entry {PtxCompiler.Entry(FillKernels.Kernel)}(", ptx, StringComparison.Ordinal);
        Assert.Contains(".target sm_80", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("bra.uni", compiler.Compile(ImplicitGemmKernels.Forward64), StringComparison.Ordinal);
        Assert.DoesNotContain("debug", ptx, StringComparison.OrdinalIgnoreCase);
        Assert.Matches(@"(?m)^\s*\.loc\s", ptx);
        Assert.Matches(@"\.file.*FillKernels\.cs", ptx);
    }

    [Fact]
    public void A_source_file_that_has_become_shorter_since_the_build_costs_the_lines_alone()
    {
        using var compiler = new PtxCompiler(CudaArchitecture.SM_80, null);
        string ptx = compiler.Compile(new GpuKernel<FillArgs>(LinesBeyondTheFile, GpuKernel.AnyGroup));
        Assert.Contains(".entry Kernel_LinesBeyondTheFile(", ptx, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?m)^\s*\.loc\s", ptx);
        Assert.Matches(@"(?m)^\s*\.loc\s", compiler.Compile(FillKernels.Kernel));
    }

#line 99999 "PtxCompilerTests.cs"
    private static void LinesBeyondTheFile(ArrayView<float> memory, FillArgs args) =>
        args.At.Store(memory, Element.Single, 2 * args.Value, Into.Set);
#line default

    [Fact]
    public void The_second_compilation_comes_from_the_cache_unless_the_entry_is_damaged()
    {
        var cache = new PtxCache(_folder);
        string Compile()
        {
            using var compiler = new PtxCompiler(CudaArchitecture.SM_75, cache);
            return compiler.Compile(FillKernels.Kernel);
        }

        string first = Compile();
        string file = Assert.Single(Directory.GetFiles(_folder));
        DateTime longAgo = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, longAgo);
        Assert.Equal(first, Compile());
        Assert.Equal(longAgo, File.GetLastWriteTimeUtc(file));

        string text = File.ReadAllText(file);
        File.WriteAllText(file, text[..(text.Length / 2)]);
        string again = Compile();
        Assert.EndsWith(again, File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Equal(again, Compile());
    }

    [Fact]
    public void Another_architecture_is_another_entry()
    {
        var cache = new PtxCache(_folder);
        foreach (CudaArchitecture architecture in (CudaArchitecture[])[CudaArchitecture.SM_75, CudaArchitecture.SM_80])
        {
            using var compiler = new PtxCompiler(architecture, cache);
            Assert.Contains($".target sm_{architecture.Major}{architecture.Minor}", compiler.Compile(FillKernels.Kernel),
                StringComparison.Ordinal);
        }

        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_costs_no_more_than_time()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        using var compiler = new PtxCompiler(CudaArchitecture.SM_80, new PtxCache(file));
        Assert.Contains(".entry", compiler.Compile(FillKernels.Kernel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, 5, 7, 5)]
    [InlineData(8, 6, 8, 0)]
    [InlineData(12, 0, 8, 0)]
    public void Newer_devices_get_sm_80(int major, int minor, int asMajor, int asMinor) =>
        Assert.Equal(new CudaArchitecture(asMajor, asMinor), PtxCompiler.For(major, minor));
}
