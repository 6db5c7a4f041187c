namespace Smile.Net.Data;

/// <summary>
/// The label with the largest share of the voxels around a point. With linear weights that is each label interpolated by itself,
/// and the highest of them.
/// </summary>
public ref struct LabelVote
{
    private const int Most = OrganSet.MaxOrgans + 2;

    private Weights _weights;
    private Values _labels;
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

    /// <summary>Adds a neighbour; of labels there are background, organs and ignore at the most, or eight of any kind.</summary>
    public void Add(byte label, double weight)
    {
        int at = 0;
        while (at < _count && _labels[at] != label)
            at++;
        if (at == _count)
            (_labels[_count++], _weights[at]) = (label, 0);
        _weights[at] += weight;
    }

    [System.Runtime.CompilerServices.InlineArray(Most)]
    private struct Weights
    {
        private double _first;
    }

    [System.Runtime.CompilerServices.InlineArray(Most)]
    private struct Values
    {
        private byte _first;
    }
}
