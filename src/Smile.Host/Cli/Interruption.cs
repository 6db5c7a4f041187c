using System.Runtime.InteropServices;

namespace Smile.Host.Cli;

/// <summary>
/// Ctrl+C (SIGINT) and SIGTERM as a cancellation token: the first signal asks the work to save its state and stop, a second one
/// ends the process at once. System.CommandLine's own handler would kill the process two seconds after the signal, in the
/// middle of a checkpoint, so it is switched off in favour of this one.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code that stands for the signal received; 0 before one came.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Listens to the process's signals until disposed.</summary>
    public static Interruption Listen()
    {
        var interruption = new Interruption();
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
            interruption._registrations.Add(PosixSignalRegistration.Create(signal, interruption.OnSignal));
        return interruption;
    }

    /// <summary>What a signal does; a test calls it in place of the operating system.</summary>
    public void Request(int exitCode)
    {
        ExitCode = exitCode;
        _source.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
            return;
        context.Cancel = true;
        Console.Error.WriteLine("Stopping; the state is being saved. A second signal stops at once, without saving.");
        Request(context.Signal == PosixSignal.SIGINT ? ExitCodes.Interrupted : ExitCodes.Terminated);
    }
}
