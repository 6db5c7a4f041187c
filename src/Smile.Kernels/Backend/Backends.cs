namespace Smile.Kernels;

/// <summary>The backends by the names of <c>--device</c>.</summary>
public static class Backends
{
    /// <summary>Environment variable that overrides "auto".</summary>
    public const string Variable = "SMILE_BACKEND";

    /// <summary>Opens a backend: auto, cpu, scalar. "auto" takes the best there is; any other name is that device or an error.</summary>
    /// <exception cref="BackendException">The name is unknown or the device is not there.</exception>
    public static IBackend Open(string device = "auto", int threads = 0) => device switch
    {
        "auto" when Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } forced && forced != "auto" => Open(forced, threads),
        "auto" or "cpu" => new SimdBackend(threads),
        "scalar" => new ScalarBackend(),
        _ => throw new BackendException($"Unknown device '{device}'. Known: auto, cpu, scalar."),
    };
}
