using System.Runtime.InteropServices;

namespace Smile.Host.Imaging.Dicom.Codecs;

/// <summary>A C library of a codec, bound when it is first wanted: Smile runs without it until a file needs it.</summary>
internal sealed class NativeCodec
{
    private readonly nint _library;

    /// <param name="purpose">What it decodes.</param>
    /// <param name="package">The Debian package that has it.</param>
    /// <param name="names">Its file names, by platform.</param>
    public NativeCodec(string purpose, string package, params string[] names)
    {
        (Purpose, Package) = (purpose, package);
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out _library))
                break;
        }
    }

    public bool IsPresent => _library != 0;

    private string Purpose { get; }

    private string Package { get; }

    /// <summary>A function of the library.</summary>
    /// <exception cref="InvalidDataException">The library is missing, or too old to have it.</exception>
    public T Bind<T>(string function)
        where T : Delegate =>
        IsPresent && NativeLibrary.TryGetExport(_library, function, out nint address)
            ? Marshal.GetDelegateForFunctionPointer<T>(address)
            : throw new InvalidDataException($"{Purpose} is decoded by a library that this system lacks. Install it (Debian, Ubuntu: "
                + $"apt install {Package}), or convert the file to Explicit VR Little Endian (gdcmconv --raw).");
}
