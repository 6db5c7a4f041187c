using Smile.Net.Relabel;

namespace Smile.Net.Runs;

/// <summary>
/// The run's curves for TensorBoard. They are for people to look at, and the run does not need them: whatever goes wrong here is told
/// once, and the run goes on without them.
/// </summary>
internal sealed class RunCurves : IDisposable
{
    private readonly string _folder;
    private readonly IReadOnlyList<string> _organs;
    private readonly string[] _lossTags, _diceTags;
    private readonly Action<string> _tell;
    private EventFile? _events;

    private RunCurves(string folder, IReadOnlyList<string> organs, Action<string> tell)
    {
        (_folder, _organs, _tell) = (folder, organs, tell);
        _lossTags = [.. organs.Select(organ => "loss/" + organ)];
        _diceTags = [.. organs.Select(organ => "validation/" + organ)];
    }

    /// <summary>Begins a file that goes on after <paramref name="step"/> steps.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="step">Updates done.</param>
    /// <param name="organs">Their names.</param>
    /// <param name="tell">Hears what fails.</param>
    public static RunCurves Open(string folder, int step, IReadOnlyList<string> organs, Action<string> tell)
    {
        var curves = new RunCurves(folder, organs, tell);
        curves.Try(() => curves._events = EventFile.Create(folder, step));
        return curves;
    }

    /// <summary>One step; allocates nothing.</summary>
    public void Write(in StepReport report)
    {
        if (_events is not { } events)
            return;
        try
        {
            double now = EventFile.Seconds(DateTimeOffset.UtcNow);
            events.Scalar("loss", report.Loss, report.Step, now);
            events.Scalar("lr", report.LearningRate, report.Step, now);
            if (!double.IsNaN(report.RegionLoss))
                events.Scalar("region_loss", report.RegionLoss, report.Step, now);
            if (!double.IsNaN(report.GradientNorm))
                events.Scalar("gradient_norm", report.GradientNorm, report.Step, now);
            ReadOnlySpan<float> organLoss = report.OrganLoss.Span;
            for (int k = 0; k < organLoss.Length; k++)
                events.Scalar(_lossTags[k], organLoss[k], report.Step, now);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    public void Write(ValidationReport report) => Try(() =>
    {
        double now = EventFile.Seconds(DateTimeOffset.UtcNow);
        var points = _diceTags.Zip(report.OrganDice).Append(("validation/mean", report.MeanDice));
        foreach (var (tag, value) in points.Where(point => !double.IsNaN(point.Item2)))
            _events?.Scalar(tag, value, report.Step, now);
    });

    /// <summary>The audit of a round.</summary>
    public void Write(RoundReport report, RoundAudit audit) => Try(() =>
    {
        double now = EventFile.Seconds(DateTimeOffset.UtcNow);
        foreach (var (name, organ) in _organs.Zip(audit.Organs).Where(each => each.Second.Judged > 0))
        {
            _events?.Scalar($"audit_precision/{name}", organ.Precision, report.Step, now);
            _events?.Scalar($"audit_recall/{name}", organ.Recall, report.Step, now);
        }
    });

    public void Dispose() => _events?.Dispose();

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Fail(Exception e)
    {
        _tell($"{_folder}: the curves for TensorBoard cannot be written: {e.Message} The run goes on without them.");
        EventFile? events = _events;
        _events = null;
        events?.Dispose();
    }
}
