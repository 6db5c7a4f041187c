using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu.Cuda;

namespace Smile.Kernels.Tests.Gpu;

/// <summary>Every kernel as the CUDA device would get it; no GPU and no driver takes part.</summary>
public sealed partial class PtxTests(PtxTests.Compiler compiler) : IClassFixture<PtxTests.Compiler>
{
    private const int StaticSharedBytes = 48 << 10; // the most that a kernel may declare without an attribute set by the driver

    public static TheoryData<string> Kernels => new(GpuKernels.All.Select(k => k.Name));

    [Theory, MemberData(nameof(Kernels))]
    public void Every_kernel_compiles_for_every_architecture(string name)
    {
        foreach (CudaArchitecture architecture in (CudaArchitecture[])[CudaArchitecture.SM_75, CudaArchitecture.SM_80,
            CudaArchitecture.SM_90])
        {
            string ptx = compiler.Compile(name, architecture);
            Assert.Contains($".entry Kernel_{name}(", ptx, StringComparison.Ordinal);
            Assert.DoesNotContain(".extern .func", ptx, StringComparison.Ordinal);
            Assert.InRange(SharedArrays().Matches(ptx).Sum(m => int.Parse(m.Groups[1].ValueSpan)), 0, StaticSharedBytes);
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void No_kernel_keeps_values_in_local_memory(string name) =>
        Assert.DoesNotMatch(@"\.local\b", compiler.Compile(name, CudaArchitecture.SM_80));

    [Theory, MemberData(nameof(Kernels))]
    public void Every_float_of_a_kernel_says_how_it_is_rounded(string name)
    {
        string ptx = Regex.Replace(compiler.Compile(name, CudaArchitecture.SM_80), @"(?m)^\s*//.*$", "");
        Assert.DoesNotMatch(@"\b(add|sub|mul|mad)(\.ftz)?(\.sat)?\.f(16|32|64)", ptx);
    }

    /// <summary>So a float32 result has the same bits on Turing as on what is newer. Names are numbered anew in each compilation.</summary>
    [Theory, MemberData(nameof(Kernels))]
    public void A_kernel_is_the_same_for_every_architecture(string name)
    {
        string Plain(CudaArchitecture architecture) =>
            Regex.Replace(compiler.Compile(name, architecture), @"(?<=_)\d{3,}|(?<=\.target sm_)\d+", "");
        Assert.Equal(Plain(CudaArchitecture.SM_75), Plain(CudaArchitecture.SM_80));
        Assert.Equal(Plain(CudaArchitecture.SM_80), Plain(CudaArchitecture.SM_90));
    }

    [Theory]
    [InlineData("ConvForward64", 2)]
    [InlineData("ConvForward128", 2)]
    [InlineData("ConvBackInput64", 2)]
    [InlineData("ConvBackInput128", 2)]
    [InlineData("ConvBackWeight64", 2)]
    [InlineData("ConvBackWeight128", 2)]
    [InlineData("ConvForwardAny", 1)]
    [InlineData("ConvBackInputAny", 1)]
    [InlineData("ConvBackWeightAny", 1)]
    public void The_inner_product_of_a_convolution_is_64_multiply_adds_on_four_16_byte_reads(string name, int writtenOut)
    {
        string ptx = compiler.Compile(name, CudaArchitecture.SM_80);
        Assert.Equal(4 * writtenOut, Regex.Count(ptx, @"ld\.shared\.v4\.f32"));
        Assert.Equal(64 * writtenOut, Regex.Count(ptx, @"\bfma\.rn\.f32"));
        Assert.Matches(@"ld\.global\.v4\.f32", ptx);
        Assert.Matches(@"st\.global\.v4\.f32", ptx);
    }

    [Fact]
    public void The_list_names_every_kernel_once()
    {
        const BindingFlags Any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var written = typeof(GpuBackend).Assembly.GetTypes().SelectMany(t => t.GetMethods(Any)).Where(IsKernel).Select(m => m.Name).Order();
        Assert.Equal(written, GpuKernels.All.Select(k => k.Name).Order());
        Assert.Distinct(GpuKernels.All.Select(k => k.Name));
    }

    [Fact]
    public void No_group_is_larger_than_256_threads() => Assert.All(GpuKernels.All, k => Assert.InRange(k.GroupSize, 0, 256));

    /// <summary>A kernel is known by its signature: the memory, then one struct of arguments.</summary>
    private static bool IsKernel(MethodInfo method)
    {
        ParameterInfo[] parameters = method.GetParameters();
        return method.ReturnType == typeof(void) && parameters.Length == 2 && parameters[0].ParameterType == typeof(ArrayView<float>)
            && parameters[1].ParameterType.Name.EndsWith("Args", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\.shared .*\[(\d+)\];")]
    private static partial Regex SharedArrays();

    /// <summary>ILGPU as a compiler.</summary>
    public sealed class Compiler : IDisposable
    {
        private readonly Context _context = Context.Create(builder => builder.Optimize(OptimizationLevel.O2).EnableAlgorithms());

        public string Compile(string kernel, CudaArchitecture architecture)
        {
            using var backend = new PTXBackend(_context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_78,
                null);
            MethodInfo method = GpuKernels.All.Single(k => k.Name == kernel).Method;
            return PtxPass.Apply(((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method),
                default)).PTXAssembly);
        }

        public void Dispose() => _context.Dispose();
    }
}
