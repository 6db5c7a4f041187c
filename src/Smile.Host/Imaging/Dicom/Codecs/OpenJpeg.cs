using System.Runtime.InteropServices;

namespace Smile.Host.Imaging.Dicom.Codecs;

/// <summary>JPEG 2000 (ITU-T T.800) through the C interface of OpenJPEG 2 (openjpeg.h).</summary>
internal static class OpenJpeg
{
    /// <summary>opj_dparameters_t has two paths of 4096 bytes and 13 numbers; the library fills it, we only give it room.</summary>
    private const int ParameterBytes = 16 << 10;

    private static readonly NativeCodec Library = new("JPEG 2000", "libopenjp2-7", "libopenjp2.so.7", "libopenjp2.7.dylib", "openjp2.dll");
    private static readonly Lazy<Functions> Bound = new(() => new Functions());

    public static bool IsPresent => Library.IsPresent;

    /// <summary>Decodes a frame into <paramref name="pixels"/>; returns its precision in bits.</summary>
    /// <exception cref="InvalidDataException">Damaged, of another size, or the library is missing.</exception>
    public static int Decode(byte[] data, int columns, int rows, Span<int> pixels)
    {
        Functions openjpeg = Bound.Value;
        // A bare codestream, as the standard wants it, or one in the boxes of a JP2 file.
        int format = data is [0xFF, 0x4F, ..] ? 0 : 2;
        var source = new Source(data);
        nint codec = openjpeg.CreateDecoder(format), stream = openjpeg.CreateStream(1 << 16, 1), image = 0;
        nint parameters = Marshal.AllocHGlobal(ParameterBytes);
        try
        {
            openjpeg.SetReader(stream, source.Read);
            openjpeg.SetSkipper(stream, source.Skip);
            openjpeg.SetSeeker(stream, source.Seek);
            openjpeg.SetLength(stream, (ulong)data.Length);
            openjpeg.SetDefaults(parameters);
            if (openjpeg.Setup(codec, parameters) == 0 || openjpeg.ReadHeader(stream, codec, out image) == 0)
                throw new InvalidDataException("OpenJPEG finds no JPEG 2000 header: damaged.");
            var header = Marshal.PtrToStructure<Image>(image);
            (uint width, uint height) = (header.X1 - header.X0, header.Y1 - header.Y0);
            if (width != columns || height != rows || header.Count != 1)
                throw new InvalidDataException($"holds {height} rows x {width} columns of {header.Count} components, "
                    + $"the header says {rows} x {columns} of 1.");
            if (openjpeg.Decode(codec, stream, image) == 0)
                throw new InvalidDataException("OpenJPEG cannot decode it: truncated, or damaged.");
            var component = Marshal.PtrToStructure<Component>(Marshal.PtrToStructure<Image>(image).Components);
            if (component.Width != columns || component.Height != rows || component.Data == 0 || component.Precision is < 1 or > 16)
                throw new InvalidDataException($"decodes to {component.Height} x {component.Width} pixels of {component.Precision} bits: "
                    + "damaged.");
            var row = new int[columns];
            for (int y = 0; y < rows; y++)
            {
                Marshal.Copy(component.Data + (nint)sizeof(int) * y * columns, row, 0, columns);
                row.CopyTo(pixels[(y * columns)..]);
            }

            return (int)component.Precision;
        }
        finally
        {
            Marshal.FreeHGlobal(parameters);
            openjpeg.DestroyImage(image);
            openjpeg.DestroyStream(stream);
            openjpeg.DestroyCodec(codec);
            GC.KeepAlive(source);
        }
    }

    /// <summary>The packed bytes as OpenJPEG's stream asks for them.</summary>
    private sealed class Source
    {
        private readonly byte[] _data;
        private long _at;

        public Source(byte[] data)
        {
            _data = data;
            // -1 is the end of the stream to OpenJPEG.
            Read = (target, wanted, _) =>
            {
                int count = (int)Math.Min((ulong)wanted, (ulong)(_data.Length - _at));
                if (count == 0)
                    return nuint.MaxValue;
                Marshal.Copy(_data, (int)_at, target, count);
                _at += count;
                return (nuint)count;
            };
            Skip = (count, _) =>
            {
                long before = _at;
                _at = Math.Clamp(_at + count, 0, _data.Length);
                return _at == before && count != 0 ? -1 : _at - before;
            };
            Seek = (position, _) =>
            {
                if (position < 0 || position > _data.Length)
                    return 0;
                _at = position;
                return 1;
            };
        }

        public StreamRead Read { get; }

        public StreamSkip Skip { get; }

        public StreamSeek Seek { get; }
    }

    /// <summary>opj_image_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Image
    {
        public uint X0, Y0, X1, Y1, Count;
        public int ColourSpace;
        public nint Components, Profile;
        public uint ProfileLength;
    }

    /// <summary>opj_image_comp_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Component
    {
        public uint Dx, Dy, Width, Height, X0, Y0, Precision, BitsPerPixel, Signed, Resolutions, Factor;
        public nint Data;
        public ushort Alpha;
    }

    private sealed class Functions
    {
        public readonly CreateDecompress CreateDecoder = Library.Bind<CreateDecompress>("opj_create_decompress");
        public readonly Fill SetDefaults = Library.Bind<Fill>("opj_set_default_decoder_parameters");
        public readonly SetupDecoder Setup = Library.Bind<SetupDecoder>("opj_setup_decoder");
        public readonly StreamCreate CreateStream = Library.Bind<StreamCreate>("opj_stream_create");
        public readonly SetRead SetReader = Library.Bind<SetRead>("opj_stream_set_read_function");
        public readonly SetSkip SetSkipper = Library.Bind<SetSkip>("opj_stream_set_skip_function");
        public readonly SetSeek SetSeeker = Library.Bind<SetSeek>("opj_stream_set_seek_function");
        public readonly SetStreamLength SetLength = Library.Bind<SetStreamLength>("opj_stream_set_user_data_length");
        public readonly HeaderCall ReadHeader = Library.Bind<HeaderCall>("opj_read_header");
        public readonly DecodeCall Decode = Library.Bind<DecodeCall>("opj_decode");
        public readonly Fill DestroyImage = Library.Bind<Fill>("opj_image_destroy");
        public readonly Fill DestroyStream = Library.Bind<Fill>("opj_stream_destroy");
        public readonly Fill DestroyCodec = Library.Bind<Fill>("opj_destroy_codec");
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint CreateDecompress(int format);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Fill(nint what);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetupDecoder(nint codec, nint parameters);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint StreamCreate(nuint buffer, int isInput);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nuint StreamRead(nint target, nuint wanted, nint user);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate long StreamSkip(long count, nint user);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int StreamSeek(long position, nint user);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void SetRead(nint stream, StreamRead read);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void SetSkip(nint stream, StreamSkip skip);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void SetSeek(nint stream, StreamSeek seek);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void SetStreamLength(nint stream, ulong length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int HeaderCall(nint stream, nint codec, out nint image);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int DecodeCall(nint codec, nint stream, nint image);
}
