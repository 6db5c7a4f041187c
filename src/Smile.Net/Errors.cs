namespace Smile.Net;

/// <summary>A failure that a user can act on: the message says what is wrong, where, and what to do.</summary>
public abstract class SmileException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The process exit code that stands for this failure; <c>smile --help</c> lists them.</summary>
    public abstract int ExitCode { get; }
}

/// <summary>A bad command line or configuration: exit code 2.</summary>
public sealed class ConfigException(string message, Exception? inner = null) : SmileException(message, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 2;
}

/// <summary>Bad input data (an image, a label map, a data set, a checkpoint): exit code 3.</summary>
public sealed class DataException(string message, Exception? inner = null) : SmileException(message, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 3;
}

/// <summary>The training left the finite numbers: exit code 6, a check failed.</summary>
public sealed class DivergedException(string message) : SmileException(message)
{
    /// <inheritdoc/>
    public override int ExitCode => 6;
}
