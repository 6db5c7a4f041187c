using System.Diagnostics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Smile.Bench.Cpu;

/// <summary>The peer: whether it loads, and the process it needs.</summary>
internal static class Libtorch
{
    /// <summary>
    /// What keeps glibc from returning memory to the system after every step: libtorch's convolutions gain 10 to 50 % so.
    /// </summary>
    private static readonly (string Name, string Value)[] _tuning =
    [
        ("MALLOC_MMAP_THRESHOLD_", "4294967296"),
        ("MALLOC_TRIM_THRESHOLD_", "17179869184"),
        ("MALLOC_TOP_PAD_", "67108864"),
        ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),
    ];

    private const string Preload = "LD_PRELOAD";

    private static readonly string _native = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");

    /// <summary>Why it cannot be used; null where it can.</summary>
    public static string? Unavailable { get; } = Load();

    /// <summary>Its version, and how its allocator is tuned.</summary>
    public static string Description => Unavailable is not null ? "libtorch was not measured"
        : $"libtorch {__version__} by TorchSharp, better of two layouts, "
            + $"{string.Join(' ', _tuning.Select(t => $"{t.Name}={t.Value}"))} for the whole process";

    /// <summary>True where this process was started with the tuned allocator.</summary>
    public static bool Tuned => _tuning.All(t => Environment.GetEnvironmentVariable(t.Name) == t.Value);

    /// <summary>
    /// Runs this program again with the tuned allocator and, where bench/torchsharp-debian12.sh made it, the library that Debian 12 lacks;
    /// its exit code.
    /// </summary>
    public static int RunTuned(string command, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = Self(command, arguments);
        foreach ((string name, string value) in _tuning)
            start.Environment[name] = value;
        string shim = Path.Combine(_native, "libglibcxxshim.so");
        if (File.Exists(shim))
            start.Environment[Preload] = shim;
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>This program once more, with the environment of this process.</summary>
    public static ProcessStartInfo Self(string command, IEnumerable<string> arguments)
    {
        string program = Environment.ProcessPath!, library = typeof(Libtorch).Assembly.Location;
        bool host = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new ProcessStartInfo(program, [.. host ? [library] : Array.Empty<string>(), command, .. arguments]);
    }

    /// <summary>Takes from a process what is there for libtorch's sake.</summary>
    public static void Untune(ProcessStartInfo start)
    {
        foreach (string name in _tuning.Select(t => t.Name).Append(Preload))
            start.Environment.Remove(name);
    }

    /// <summary>The number of threads of the calls that follow.</summary>
    public static void Use(int threads) => set_num_threads(threads);

    /// <summary>Tensors made until it is disposed live until then; null where libtorch is not there.</summary>
    public static IDisposable? Scope() => Unavailable is null ? NewDisposeScope() : null;

    /// <summary>(N, H, W, C) numbers as torch's (N, C, H, W), float32, in either layout.</summary>
    public static Tensor Image(float[] values, bool channelsLast, params long[] nhwc) =>
        InLayout(tensor(values, nhwc).permute(0, 3, 1, 2), channelsLast);

    /// <summary>
    /// The same numbers with channels (of images) or input channels (of weights) fastest, or as PyTorch has them by default.
    /// </summary>
    public static Tensor InLayout(Tensor t, bool channelsLast) =>
        channelsLast ? Canonical(t.permute(0, 2, 3, 1)).permute(0, 3, 1, 2) : Canonical(t);

    /// <summary>
    /// Row order with row order's strides. contiguous() alone keeps the strides of an axis of length 1 as they are, and by these libtorch
    /// tells the layouts apart: an image of one channel would carry its network off into the other layout.
    /// </summary>
    private static Tensor Canonical(Tensor t) => t.contiguous().flatten().reshape(t.shape);

    /// <summary>A copy that a gradient is asked for.</summary>
    public static Tensor Leaf(Tensor t) => t.detach().requires_grad_(true);

    /// <summary>
    /// Loads the files themselves first: TorchSharp would copy half a gigabyte before it says that it failed, and not say why.
    /// </summary>
    private static string? Load()
    {
        try
        {
            if (OperatingSystem.IsLinux())
                foreach (string library in (string[])["libtorch_cpu.so", "libLibTorchSharp.so"])
                    NativeLibrary.Load(Path.Combine(_native, library));
            using Tensor one = ones(1);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or NotSupportedException
            or BadImageFormatException)
        {
            string reason = e.GetBaseException().Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line.Contains(".so", StringComparison.Ordinal)).LastOrDefault(e.GetType().Name);
            return $"libtorch cannot be loaded ({reason}). Where the system's libstdc++ is older than GCC 13's (Debian 12), "
                + "run `bash bench/torchsharp-debian12.sh cpu` once: it makes what is missing (it needs g++ and python3), and `dotnet run "
                + "-c Release --project bench/Smile.Bench -- cpu` works from then on.";
        }
    }
}
