using Smile.Host.Commands;

namespace Smile.Bench;

/// <summary>Smile's command line in this process, where a measurement takes a user's way.</summary>
internal static class CommandLine
{
    /// <exception cref="InvalidOperationException">The command ended with another exit code than 0.</exception>
    public static void Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int exit = SmileProgram.Run(args, output, error);
        if (exit != 0)
            throw new InvalidOperationException($"smile {string.Join(' ', args)} ended with {exit}: {error}");
    }
}
