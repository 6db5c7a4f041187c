using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Concat;
using Smile.Kernels.Ops.Confusion;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Ops.MeanPool;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Ops.Sgd;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.TopFraction;

namespace Smile.Kernels.Tests.Simd;

/// <summary>
/// Every operation once, one feeding the next, on shapes large enough to be split into several chunks: what a training step
/// does to a backend. For properties that hold for all operations at once.
/// </summary>
internal sealed class TrainingStep
{
    private static readonly ConvShape Stem = new(3, 37, 41, 1, 13, 7, 2, 1, 3), Atrous = new(3, 10, 11, 13, 40, 3, 1, 6, 6);
    private static readonly ConvShape Head = new(3, 10, 11, 40, 3, 1), Strided = new(3, 10, 11, 40, 16, 3, 2, 1, 1);
    private static readonly PoolShape Pool = new(3, 19, 21, 13, 3, 2, 1);
    private static readonly NormShape Norm = new(3 * 19 * 21, 13, NormMode.Batch, Relu: true);
    private static readonly ResizeShape Resize = new(3, 10, 11, 80, 88, 3);
    private const int Pixels = 3 * 80 * 88;

    private readonly ArenaPlan _plan = new();
    private readonly List<(Place Place, string Name)> _inputs = [];
    private readonly List<Place> _places = [];
    private readonly Place _image, _stemW, _stem, _norm, _pooled, _winner, _atrousW, _atrousBias, _atrous, _headW, _small,
        _logits, _dlogits, _stridedW, _strided;
    private readonly Place _dsmall, _datrous, _dpooled, _dnorm, _dstem, _dheadW, _datrousW, _dstemW, _dbias, _moments,
        _losses, _counts, _labels, _known, _selected, _summary;
    private readonly Place _mean, _wide, _dstridedW, _result, _dgamma, _dbeta, _sum, _dimage;
    private readonly NormPlaces _channels;

    public TrainingStep()
    {
        _image = Input(Stem.InputCount);
        _stemW = Input(Stem.WeightCount);
        _atrousW = Input(Atrous.WeightCount);
        _atrousBias = Input(40);
        _headW = Input(Head.WeightCount);
        _stridedW = Input(Strided.WeightCount);
        _labels = Input(Pixels);
        _known = Input(Pixels);
        _moments = Input(Atrous.WeightCount);
        _channels = new NormPlaces(Input(13), Input(13), Input(13), Take(13), Take(13), Take(13));
        (_stem, _norm, _dstem, _dnorm, _sum) = (Take(Stem.OutputCount), Take(Stem.OutputCount), Take(Stem.OutputCount),
            Take(Stem.OutputCount), Take(Stem.OutputCount));
        (_pooled, _winner, _dpooled) = (Take(Pool.OutputCount), Take(Pool.OutputCount), Take(Pool.OutputCount));
        (_atrous, _datrous) = (Take(Atrous.OutputCount), Take(Atrous.OutputCount));
        (_small, _dsmall) = (Take(Head.OutputCount), Take(Head.OutputCount));
        (_strided, _dstridedW) = (Take(Strided.OutputCount), Take(Strided.WeightCount));
        (_logits, _dlogits) = (Take(Resize.OutputCount), Take(Resize.OutputCount));
        (_dheadW, _datrousW, _dstemW, _dbias) = (Take(Head.WeightCount), Take(Atrous.WeightCount), Take(Stem.WeightCount), Take(40));
        (_losses, _counts, _selected, _summary, _result) = (Take(3), Take(9), Take(Pixels), Take(2), Take(2));
        (_mean, _wide, _dgamma, _dbeta, _dimage) = (Take(3 * 40), Take(3 * 10 * 11 * 80), Take(13), Take(13), Take(Stem.InputCount));
    }

    /// <summary>Reserves the arenas and writes the inputs.</summary>
    public void Prepare(IBackend backend)
    {
        backend.Reserve(_plan);
        foreach ((Place place, string name) in _inputs)
            backend.Write(place, Golden.Seeded.Floats(name, place.Length));
    }

    public void Run(IBackend b)
    {
        var mean = new MeanShape(3, 110, 40);
        var concat = new ConcatShape(330, 40, 80, 40);
        b.ConvForward(Stem, _image, _stemW, Place.None, _stem);
        b.NormForward(Norm, _stem, Place.None, _channels, _norm);
        b.AddForward(_stem, _norm, _sum);
        b.ReluForward(_sum, _sum);
        b.MaxPoolForward(Pool, _norm, _winner, _pooled);
        b.ConvForward(Atrous, _pooled, _atrousW, _atrousBias, _atrous);
        b.ConvForward(Head, _atrous, _headW, Place.None, _small);
        b.ConvForward(Strided, _atrous, _stridedW, Place.None, _strided);
        b.MeanPoolForward(mean, _atrous, _mean);
        b.ConcatForward(concat, _atrous, _wide);
        b.ResizeForward(Resize, _small, _logits);
        b.MaskedBce(new MaskedBceShape(Pixels, 3, 1f / Pixels), _logits, _labels, _known, _losses, _counts.Part(0, 3), _dlogits);
        b.SoftmaxCrossEntropy(new SoftmaxShape(Pixels, 3, 1f / Pixels), _logits, _labels, _losses.Part(0, 1),
            _counts.Part(0, 1), Place.None);
        b.ResizedBce(new ResizedBceShape(3, 10, 11, 80, 88, 3, 1f / Pixels), _small, _labels, _known, _losses, _counts.Part(3, 3), _dsmall);
        b.TopFraction(new TopFractionShape(Pixels, 0.37), _logits.Part(0, Pixels), _known, _selected, _summary);
        b.Confusion(new ConfusionShape(Pixels, 3), _selected, _labels, _known, _counts, Into.Set);
        b.ResizeBackward(Resize, _dlogits, _dsmall, Into.Set);
        b.ConvBackWeight(Head, _atrous, _dsmall, _dheadW, Into.Set);
        b.ConvBackInput(Head, _dsmall, _headW, _datrous, Into.Set);
        b.ConvBackInput(Strided, _strided, _stridedW, _datrous, Into.Add);
        b.ConvBackWeight(Strided, _atrous, _strided, _dstridedW, Into.Set);
        b.MeanPoolBackward(mean, _mean, _datrous, Into.Add);
        b.ConcatBackward(concat, _wide, _datrous, Into.Add);
        b.ConvBackBias(Atrous, _datrous, _dbias, Into.Set);
        b.ConvBackWeight(Atrous, _pooled, _datrous, _datrousW, Into.Set);
        b.ConvBackInput(Atrous, _datrous, _atrousW, _dpooled, Into.Set);
        b.MaxPoolBackward(Pool, _dpooled, _winner, _dnorm, Into.Set);
        b.AddBackward(_norm, _dnorm, Into.Add);
        b.ReluBackward(_norm, _dnorm, _dnorm, Into.Set);
        b.NormBackward(Norm, _stem, _norm, _dnorm, _channels, _dstem, Into.Set, Place.None, Into.Set, _dgamma, _dbeta);
        b.ConvBackWeight(Stem, _image, _dstem, _dstemW, Into.Set);
        b.ConvBackInput(Stem, _dstem, _stemW, _dimage, Into.Set);
        b.SumSquares(_datrousW, _result);
        b.Sgd(new SgdRate(0.01f, 0.9f, 5e-4f), _datrousW, _atrousW, _moments);
    }

    /// <summary>All words of all places, in order.</summary>
    public uint[] Words(IBackend backend) => [.. _places.SelectMany(place =>
    {
        var words = new uint[place.Length];
        backend.Read(place, words);
        return words;
    })];

    private Place Input(long length)
    {
        Place place = Take(length);
        _inputs.Add((place, $"training step {_places.Count}"));
        return place;
    }

    private Place Take(long length)
    {
        _places.Add(_plan.Take((Arena)(_places.Count % 6), (int)length));
        return _places[^1];
    }
}
