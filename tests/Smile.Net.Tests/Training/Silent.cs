using Smile.Net.Relabel;
using Smile.Net.Training;

namespace Smile.Net.Tests.Training;

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
