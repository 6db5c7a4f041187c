namespace Smile.Kernels.Memory;

/// <summary>A device failed, or has not the memory; the message names the operation and what was asked.</summary>
public sealed class BackendException(string message, Exception? inner = null) : Exception(message, inner);
