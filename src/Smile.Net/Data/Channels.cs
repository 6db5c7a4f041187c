namespace Smile.Net.Data;

/// <summary>Slices as the channels of one image.</summary>
internal static class Channels
{
    /// <summary>From one plane after another to all channels of a pixel after those of another.</summary>
    /// <param name="planes">(C, H, W), or any stretch of pixels of each.</param>
    /// <param name="channels">C.</param>
    /// <param name="image">(H, W, C), overwritten.</param>
    public static void Interleave(ReadOnlySpan<float> planes, int channels, Span<float> image)
    {
        int pixels = planes.Length / channels;
        for (int c = 0; c < channels; c++)
            for (int from = c * pixels, to = c, end = from + pixels; from < end; from++, to += channels)
                image[to] = planes[from];
    }
}
