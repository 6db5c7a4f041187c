namespace Smile.Host.Imaging.Dicom.Codecs;

/// <summary>
/// The bits of a JPEG scan (ITU-T T.81, F.2.2.5): the high bit of a byte first, a zero byte after each 0xFF, up to a marker.
/// </summary>
internal ref struct JpegBits(ReadOnlySpan<byte> data, int at)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private ulong _bits;
    private int _count, _padding;

    /// <summary>The first byte not taken: a marker, once the scan's bits are used up.</summary>
    public int At { get; private set; } = at;

    /// <summary>True where more bits were used than there are.</summary>
    public readonly bool IsOverrun => _padding > _count;

    /// <summary>The next 16 bits; zeros follow the last.</summary>
    public int Peek16()
    {
        if (_count < 16)
            Fill();
        return (int)(_bits >> (_count - 16)) & 0xFFFF;
    }

    public void Drop(int count) => _count -= count;

    /// <summary>Drops what is left before a restart marker.</summary>
    public void Restart(int at)
    {
        (At, _bits, _count, _padding) = (at, 0, 0, 0);
    }

    private void Fill()
    {
        while (_count <= 48)
        {
            byte next = 0;
            if (At >= _data.Length || (_data[At] == 0xFF && (At + 1 >= _data.Length || _data[At + 1] != 0)))
            {
                _padding += 8;
            }
            else
            {
                next = _data[At];
                At += next == 0xFF ? 2 : 1;
            }

            _bits = _bits << 8 | next;
            _count += 8;
        }
    }
}
