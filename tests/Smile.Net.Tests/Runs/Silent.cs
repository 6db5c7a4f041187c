using Smile.Net.Relabel;
using Smile.Net.Runs;

namespace Smile.Net.Tests.Runs;

/// <summary>Hears nothing.</summary>
internal sealed class Silent : IRunListener
{
    public void OnStep(in StepReport report)
    {
    }

    public void OnRound(RoundReport report)
    {
    }

    public void OnValidation(ValidationReport report)
    {
    }

    public void OnMessage(string message)
    {
    }
}
