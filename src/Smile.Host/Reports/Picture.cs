using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>A small RGB picture that is drawn on and written as PNG.</summary>
internal sealed class Picture
{
    private readonly byte[] _pixels;

    /// <summary>A picture filled with one colour.</summary>
    public Picture(int width, int height, Colour background)
    {
        (Width, Height) = (width, height);
        _pixels = new byte[checked(width * height * 3)];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                this[x, y] = background;
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The pixel in column x of row y; row 0 is on top. Writing outside does nothing.</summary>
    public Colour this[int x, int y]
    {
        get
        {
            int at = (y * Width + x) * 3;
            return new Colour(_pixels[at], _pixels[at + 1], _pixels[at + 2]);
        }

        set
        {
            if ((uint)x >= (uint)Width || (uint)y >= (uint)Height)
                return;
            int at = (y * Width + x) * 3;
            (_pixels[at], _pixels[at + 1], _pixels[at + 2]) = (value.R, value.G, value.B);
        }
    }

    /// <summary>The PNG file.</summary>
    public byte[] ToPng() => Png.Encode(Width, Height, 3, _pixels);

    /// <summary>A filled rectangle.</summary>
    public void Fill(int x, int y, int width, int height, Colour colour)
    {
        for (int j = y; j < y + height; j++)
            for (int i = x; i < x + width; i++)
                this[i, j] = colour;
    }
}
