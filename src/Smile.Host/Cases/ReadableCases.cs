using Smile.Host.Cli;
using Smile.Net.Data;

namespace Smile.Host.Cases;

/// <summary>Reads the cases of a data set one at a time and passes over those that cannot be read, each of which is told once.</summary>
/// <param name="dataset">The data set.</param>
/// <param name="told">Hears of each.</param>
internal sealed class ReadableCases(Dataset dataset, Action<string> told)
{
    private readonly Dictionary<string, string> _failures = new(StringComparer.Ordinal);

    /// <summary>What was wrong, a line a case.</summary>
    public IReadOnlyCollection<string> Failures => _failures.Values;

    /// <summary>Whether the case could not be read.</summary>
    public bool Failed(Case source) => _failures.ContainsKey(source.Id);

    /// <summary>The cases that can be read.</summary>
    public IEnumerable<(Case Source, CaseData Data)> Load(IEnumerable<Case> cases) =>
        Each(cases, dataset.Load);

    /// <summary>What is read of each case, without those that fail.</summary>
    public IEnumerable<(Case Source, T Read)> Each<T>(IEnumerable<Case> cases, Func<Case, T> read)
    {
        foreach (Case source in cases.Where(each => !Failed(each)))
        {
            T result;
            try
            {
                result = read(source);
            }
            catch (Exception e) when (PartialResult.OfCase(e))
            {
                _failures.Add(source.Id, PartialResult.Line(source.ImagePath, e));
                told($"failed: {_failures[source.Id]}");
                continue;
            }

            yield return (source, result);
        }
    }
}
