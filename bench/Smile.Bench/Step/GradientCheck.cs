using System.Globalization;
using Smile.Net.Models;
using static TorchSharp.torch;

namespace Smile.Bench.Step;

/// <summary>
/// Judges the gradients of one step by libtorch's in float64. Float32 moves activations by some units in the last place; ReLUs that lie as
/// near to zero take the other side, so even a faultless float32 step has gradients that are off by some 1e-3. How much that is for each
/// weight is measured: libtorch's own float32 step (without oneDNN, see <see cref="OneDnn"/>), once as it is and twice with the images
/// moved by one unit in the last place at random. The largest of the three is the yardstick.
/// </summary>
internal sealed class GradientCheck : IDisposable
{
    /// <summary>
    /// Most that an error may be in yardsticks, each weight by itself. Which ReLUs flip is chance, so two faultless steps differ by a
    /// factor; a wrong sum in any layer gives hundreds.
    /// </summary>
    public const double MostYardsticks = 2;

    /// <summary>Relative; the loss is a mean that averages the roundings.</summary>
    public const double LossTolerance = 1e-5;

    private const int Nudged = 2;

    private readonly TorchStep _exact;
    private readonly Dictionary<string, double> _yardsticks;

    public GradientCheck(ModelSettings model, StepBatch batch, IReadOnlyDictionary<string, float[]> weights, IReadOnlyList<string> names)
    {
        _exact = new TorchStep(model, batch, float64, weights);
        Loss = _exact.Step();
        _yardsticks = names.ToDictionary(name => name, _ => 0.0);
        for (int i = 0; i <= Nudged; i++)
        {
            using var step = new TorchStep(model, i == 0 ? batch : batch.Nudged((ulong)i), float32, weights);
            OneDnn.Without(step.Step);
            foreach (string name in names)
                _yardsticks[name] = Math.Max(_yardsticks[name], Error(name, step.Gradient(name)));
        }
    }

    /// <summary>The loss in float64.</summary>
    public double Loss { get; }

    /// <summary>A line on one side's step, and whether it passes; a NaN does not.</summary>
    public (bool Passes, string Line) Judge(string side, double loss, Func<string, float[]> gradient)
    {
        var errors = _yardsticks.Select(each => (Name: each.Key, Error: Error(each.Key, gradient(each.Key)), Yardstick: each.Value))
            .ToList();
        double[] ratios = [.. errors.Select(each => each.Error / each.Yardstick).Order()];
        var worst = errors.MaxBy(each => double.IsNaN(each.Error) ? double.PositiveInfinity : each.Error / each.Yardstick);
        bool passes = Math.Abs(loss - Loss) <= LossTolerance * Loss && ratios.All(ratio => ratio <= MostYardsticks);
        return (passes, string.Create(CultureInfo.InvariantCulture,
            $"{side,-9} loss {loss:F6}, gradients off by {ratios[ratios.Length / 2]:F2} yardsticks (median), "
                + $"at worst {worst.Error / worst.Yardstick:F2} ({worst.Name}: {worst.Error:E1}, yardstick {worst.Yardstick:E1})"));
    }

    public void Dispose() => _exact.Dispose();

    /// <summary>Norm of the difference from float64, in units of the gradient's norm.</summary>
    private double Error(string name, float[] actual)
    {
        float[] expected = _exact.Gradient(name);
        double square = 0, norm = 0;
        for (int i = 0; i < expected.Length; i++)
            (square, norm) = (square + Math.Pow(actual[i] - expected[i], 2), norm + Math.Pow(expected[i], 2));
        return Math.Sqrt(square / norm);
    }
}
