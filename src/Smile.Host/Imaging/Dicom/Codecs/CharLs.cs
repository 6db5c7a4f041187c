using System.Buffers;
using System.Runtime.InteropServices;

namespace Smile.Host.Imaging.Dicom.Codecs;

/// <summary>JPEG-LS (ITU-T T.87) through the C interface of CharLS 2 (charls/charls_jpegls_decoder.h).</summary>
internal static class CharLs
{
    private static readonly NativeCodec Library = new("JPEG-LS", "libcharls2", "libcharls.so.2", "libcharls.2.dylib", "charls-2-x64.dll");
    private static readonly Lazy<Functions> Bound = new(() => new Functions());

    public static bool IsPresent => Library.IsPresent;

    /// <summary>Decodes a frame into <paramref name="pixels"/>, unsigned; returns its precision in bits.</summary>
    /// <exception cref="InvalidDataException">Damaged, of another size, or the library is missing.</exception>
    public static int Decode(byte[] data, int columns, int rows, Span<int> pixels)
    {
        Functions charls = Bound.Value;
        nint decoder = charls.Create();
        GCHandle source = GCHandle.Alloc(data, GCHandleType.Pinned);
        byte[] raw = [];
        try
        {
            charls.Check(charls.SetSource(decoder, source.AddrOfPinnedObject(), (nuint)data.Length));
            charls.Check(charls.ReadHeader(decoder));
            charls.Check(charls.GetFrameInfo(decoder, out FrameInfo frame));
            if (frame.Width != columns || frame.Height != rows || frame.Components != 1 || frame.Bits is < 2 or > 16)
            {
                throw new InvalidDataException($"holds {frame.Height} rows x {frame.Width} columns of {frame.Components} components of "
                    + $"{frame.Bits} bits, the header says {rows} x {columns} of 1.");
            }

            int width = frame.Bits > 8 ? 2 : 1;
            raw = ArrayPool<byte>.Shared.Rent(pixels.Length * width);
            charls.Check(charls.DecodeTo(decoder, raw, (nuint)(pixels.Length * width), 0));
            if (width == 1)
            {
                for (int i = 0; i < pixels.Length; i++)
                    pixels[i] = raw[i];
            }
            else
            {
                ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(raw);
                for (int i = 0; i < pixels.Length; i++)
                    pixels[i] = words[i];
            }

            return frame.Bits;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
            charls.Destroy(decoder);
            source.Free();
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FrameInfo
    {
        public uint Width, Height;
        public int Bits, Components;
    }

    private sealed class Functions
    {
        public readonly CreateDecoder Create = Library.Bind<CreateDecoder>("charls_jpegls_decoder_create");
        public readonly DestroyDecoder Destroy = Library.Bind<DestroyDecoder>("charls_jpegls_decoder_destroy");
        public readonly SetSourceBuffer SetSource = Library.Bind<SetSourceBuffer>("charls_jpegls_decoder_set_source_buffer");
        public readonly DecoderCall ReadHeader = Library.Bind<DecoderCall>("charls_jpegls_decoder_read_header");
        public readonly FrameInfoCall GetFrameInfo = Library.Bind<FrameInfoCall>("charls_jpegls_decoder_get_frame_info");
        public readonly DecodeToBuffer DecodeTo = Library.Bind<DecodeToBuffer>("charls_jpegls_decoder_decode_to_buffer");
        private readonly ErrorMessage _message = Library.Bind<ErrorMessage>("charls_get_error_message");

        public void Check(int error)
        {
            if (error != 0)
                throw new InvalidDataException($"CharLS: {Marshal.PtrToStringUTF8(_message(error))}");
        }
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint CreateDecoder();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void DestroyDecoder(nint decoder);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetSourceBuffer(nint decoder, nint data, nuint bytes);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int DecoderCall(nint decoder);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int FrameInfoCall(nint decoder, out FrameInfo frame);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int DecodeToBuffer(nint decoder, byte[] target, nuint bytes, uint stride);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint ErrorMessage(int error);
}
