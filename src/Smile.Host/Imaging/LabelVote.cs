namespace Smile.Host.Imaging;

/// <summary>
/// The label with the largest share of the voxels around a point. With linear weights that is each label interpolated by itself,
/// and the highest of them.
/// </summary>
internal ref struct LabelVote
{
    private Votes _weights;
    private Labels _labels;
    private int _count;

    /// <summary>The label with the most weight; of equals the smallest. 0 before any was added.</summary>
    public readonly byte Winner
    {
        get
        {
            byte best = 0;
            double most = 0;
            for (int i = 0; i < _count; i++)
            {
                if (_weights[i] > most || (_weights[i] == most && _labels[i] < best))
                    (best, most) = (_labels[i], _weights[i]);
            }

            return best;
        }
    }

    /// <summary>Adds one of at most eight neighbours.</summary>
    public void Add(byte label, double weight)
    {
        int at = 0;
        while (at < _count && _labels[at] != label)
            at++;
        if (at == _count)
            (_labels[_count++], _weights[at]) = (label, 0);
        _weights[at] += weight;
    }

    [System.Runtime.CompilerServices.InlineArray(8)]
    private struct Votes
    {
        private double _first;
    }

    [System.Runtime.CompilerServices.InlineArray(8)]
    private struct Labels
    {
        private byte _first;
    }
}
