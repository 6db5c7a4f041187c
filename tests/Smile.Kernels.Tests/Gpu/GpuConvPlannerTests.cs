using System.Reflection;
using System.Text.RegularExpressions;
using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Kernels.Tests.Gpu;

/// <summary>How the GPU's convolutions are planned. That launches do as the plan says, the emulator's tests hold.</summary>
public sealed partial class GpuConvPlannerTests
{
    private const int Room = 100;

    [Theory]
    [InlineData(Precision.Fp32, 8, 8, true, nameof(Fp32Reason.Asked), "fp32: float32 is asked for")]
    [InlineData(Precision.Tf32, 4, 4, true, nameof(Fp32Reason.None), "tf32")]
    [InlineData(Precision.Tf32, 1, 64, true, nameof(Fp32Reason.Channels),
        "tf32: 1 to 64 channels, of which both have to be multiples of 4")]
    [InlineData(Precision.Tf32, 64, 3, true, nameof(Fp32Reason.Channels),
        "tf32: 64 to 3 channels, of which both have to be multiples of 4")]
    [InlineData(Precision.Tf32, 4, 28, true, nameof(Fp32Reason.Room), "tf32: the packed operands take 112 words of 100")]
    [InlineData(Precision.Bf16, 8, 12, true, nameof(Fp32Reason.Channels),
        "bf16: 8 to 12 channels, of which both have to be multiples of 8")]
    [InlineData(Precision.Bf16, 8, 16, false, nameof(Fp32Reason.Alignment), "bf16: an operand does not start on 16 bytes")]
    [InlineData(Precision.Bf16, 8, 16, true, nameof(Fp32Reason.None), "bf16")]
    // 96 words of weights, 8 of an image
    [InlineData(Precision.Bf16, 8, 24, true, nameof(Fp32Reason.Room), "bf16: the packed operands take 104 words of 100")]
    public void What_stays_in_float32_and_why(Precision asked, int inChannels, int outChannels, bool isAligned, string reason, string text)
    {
        var aligned = ConvAlignment.All with { B = isAligned };
        GpuConvPlan plan = Planner(asked).Plan(new ConvShape(1, 1, 2, inChannels, outChannels, 1), ConvPass.Forward, aligned);
        Assert.Equal((reason, text), (plan.Choice.Reason.ToString(), plan.Choice.ToString()));
        Assert.Equal(reason == nameof(Fp32Reason.None) ? asked : Precision.Fp32, plan.Precision);
        Assert.Equal(reason == nameof(Fp32Reason.None), plan.Kernel.LeastCapability == 80);
    }

    [Fact]
    public void A_plan_in_words_says_the_algorithm_the_splits_the_precision_and_why_not_the_one_asked_for()
    {
        GpuConvPlanner planner = Planner(Precision.Bf16, room: 1 << 30);
        ConvShape head = new(8, 16, 16, 512, 3, 3, Dilation: 6, Pad: 6), stem = new(8, 128, 128, 1, 64, 7, Stride: 2, Pad: 3),
            inner = new(8, 16, 16, 256, 256, 3, Pad: 1);
        // 32 tiles: 16 splits of the depth are 512 groups
        const string Why = "512 to 3 channels, of which both have to be multiples of 8";
        Assert.Equal($"implicit GEMM 64x64 of any channels, split-K 16, fp32, not bf16: {Why}", Text(head, ConvPass.Forward));
        Assert.Equal($"implicit GEMM 64x64 of any channels, fp32, not bf16: {Why}", Text(head, ConvPass.InputGradient));
        Assert.Equal("7x7 stem, fp32, not bf16: 1 to 64 channels, of which both have to be multiples of 8", Text(stem, ConvPass.Forward));
        // 16 x 2 tiles, 72 stages: 6 splits of 12
        Assert.Equal("tensor cores 128x128, split-K 6, bf16", Text(inner, ConvPass.InputGradient));
        // 18 x 2 tiles, 64 stages: 5 splits of 13
        Assert.Equal("tensor cores 128x128, split-K 5, bf16", Text(inner, ConvPass.WeightGradient));
        // 36 tiles, 256 steps: 252 groups are two a multiprocessor of the 132 planned for, and no processor has three
        Assert.Equal("implicit GEMM 128x128, split-K 7, fp32",
            Planner(Precision.Fp32).Plan(inner, ConvPass.WeightGradient, ConvAlignment.All).ToString());

        string Text(ConvShape shape, ConvPass pass) => planner.Plan(shape, pass, ConvAlignment.All).ToString();
    }

    [Theory]
    [InlineData(1, 7, 1 << 20, 256)] // few copies
    [InlineData(1, 512, 1 << 20, 256)] // groups enough
    [InlineData(16, 512, 3136, 256)] // 4 groups of one lane, 49 of sixteen
    [InlineData(8, 43, 25872, 256)] // four copies a lane at least
    [InlineData(4, 16, 98304, 256)]
    [InlineData(1, 512, 3136, 7)] // lanes share a group evenly
    public void Copies_of_a_small_result_are_shared_by_lanes(int lanes, int splits, int words, int groupSize) =>
        Assert.Equal(lanes, SplitK.Lanes(splits, words, groupSize));

    [Fact]
    public void A_batch_that_does_not_fit_packed_is_planned_in_lots()
    {
        ConvShape shape = new(5, 6, 7, 16, 24, 3, 1, 2, 2);
        long weights = shape.WeightCount / 2, image = shape.InputCount / shape.Batch / 2;
        GpuConvPlan plan = Planner(Precision.Bf16, weights + 2 * image + 1).Plan(shape, ConvPass.Forward, ConvAlignment.All);
        Assert.Equal((2, 1, 1), (plan.Images, plan.GridX, plan.GridY)); // 84 pixels are one tile of 128
        Assert.Equal(Fp32Reason.Room,
            Planner(Precision.Bf16, weights + image - 1).Plan(shape, ConvPass.Forward, ConvAlignment.All).Choice.Reason);
    }

    [Fact]
    public void A_device_with_small_groups_takes_small_tiles()
    {
        ConvShape large = new(8, 128, 128, 128, 128, 3, Pad: 1);
        foreach (ConvPass pass in Enum.GetValues<ConvPass>())
            Assert.Equal((128, 64), (Tile(256, pass), Tile(32, pass)));

        int Tile(int groupSize, ConvPass pass) =>
            new GpuConvPlanner(groupSize, Precision.Fp32, () => 0).Plan(large, pass, ConvAlignment.All).Tile;
    }

    /// <summary>The table at the head of the planner's file: every kernel of a convolution, in the file that it names.</summary>
    [Fact]
    public void The_planners_table_names_every_kernel_and_its_file()
    {
        string folder = Path.Combine(Repository(), "src", "Smile.Kernels", "Ops", "Conv2d", "Gpu");
        (string Kernel, string File)[] rows = [.. TableRow().Matches(File.ReadAllText(Path.Combine(folder, "GpuConvPlanner.cs")))
            .Select(row => (row.Groups[1].Value, row.Groups[2].Value))];
        foreach ((string kernel, string file) in rows)
            Assert.Contains($"private static void {kernel}(ArrayView<float> memory, ", File.ReadAllText(Path.Combine(folder, file)),
                StringComparison.Ordinal);
        Assert.Equal(Planned().Order(), rows.Select(row => row.Kernel).Distinct().Order());
    }

    /// <summary>The kernels of a pass: those that take a pass's arguments.</summary>
    private static IEnumerable<string> Planned() => GpuKernels.All
        .Where(kernel => kernel.Method.GetParameters()[1].ParameterType is { Name: nameof(ConvArgs) or "TensorWeightArgs" })
        .Select(kernel => kernel.Name);

    private static GpuConvPlanner Planner(Precision precision, long room = Room) => new(256, precision, () => room);

    private static string Repository()
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Smile.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests lie in no checkout of Smile.");
    }

    [GeneratedRegex(@"(?m)^// \| (?:forward|input gradient|weight gradient) .*\| (\w+) +\| (\S+) +\|$")]
    private static partial Regex TableRow();
}
