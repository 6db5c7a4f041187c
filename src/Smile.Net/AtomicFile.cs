using System.Text;

namespace Smile.Net;

/// <summary>
/// Writes a file under a temporary name beside its own and renames it when it is whole, so that no reader, and no crash,
/// ever finds half a file under the final name.
/// </summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes <paramref name="path"/> through <paramref name="write"/>. The bytes are on the disk before the rename. Where
    /// anything fails the temporary file is deleted and what stood at <paramref name="path"/> before is left as it was.
    /// </summary>
    /// <exception cref="DataException">The file system refuses: no space, no such folder, no permission.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        // The process and a random part: two processes, or two threads, may write the same file at once.
        string temporary = $"{path}.{Environment.ProcessId}-{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            Discard(temporary);
            if (e is IOException or UnauthorizedAccessException)
            {
                throw new DataException(
                    $"{path}: cannot be written: {e.Message} Free some space or name another folder; no partial file was left.", e);
            }

            throw;
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark, as <see cref="Write"/> does.</summary>
    /// <exception cref="DataException">As for <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Copies a file, as <see cref="Write"/> does.</summary>
    /// <exception cref="DataException">As for <see cref="Write"/>.</exception>
    public static void Copy(string from, string to) => Write(to, stream =>
    {
        using FileStream source = File.OpenRead(from);
        source.CopyTo(stream);
    });

    /// <summary>Deletes what may or may not be there; the failure that led here is the one worth reporting.</summary>
    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
