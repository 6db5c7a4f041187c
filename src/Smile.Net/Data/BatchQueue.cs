using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Smile.Net.Data;

/// <summary>The arrays that <see cref="SliceSampler.Next"/> fills; those that a method does not read are empty.</summary>
internal sealed record Batch(float[] Images, uint[] IsOrgan, uint[] IsKnown, uint[] Classes, uint[] Annotated);

/// <summary>
/// Draws batches on a thread of its own, one ahead: while a step runs, the next slices are cropped, windowed and augmented.
/// What is drawn ahead does not show: the position is always the one after the latest batch. One caller at a time; a batch
/// costs no allocation.
/// </summary>
internal sealed class BatchQueue : IDisposable
{
    private readonly SliceSampler _sampler;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly SliceAhead? _reader;
    private Batch _current, _ahead;
    private (ulong, ulong, ulong, ulong) _position;
    private Ahead _state = Ahead.Nothing;
    private ExceptionDispatchInfo? _error;
    private long _waited;

    /// <param name="sampler">This queue's own from now on.</param>
    /// <param name="make">Makes the arrays of a batch; called twice.</param>
    public BatchQueue(SliceSampler sampler, Func<Batch> make)
    {
        (_sampler, _current, _ahead, _position, _reader) = (sampler, make(), make(), sampler.State, sampler.ReadAhead());
        _thread = new Thread(Draw) { IsBackground = true, Name = "smile batches" };
        _thread.Start();
    }

    private enum Ahead
    {
        Nothing,
        Wanted,
        Ready,
        Stopped,
    }

    /// <summary>The sampler's position after the latest batch; setting it makes the next batch the one that follows there.</summary>
    public (ulong A, ulong B, ulong C, ulong D) Position
    {
        get => _position;
        set
        {
            _position = value;
            Forget();
        }
    }

    /// <summary>Time that <see cref="Next"/> has waited in all.</summary>
    public TimeSpan Waited => Stopwatch.GetElapsedTime(0, _waited);

    /// <summary>The next batch; it is overwritten after the next call.</summary>
    /// <exception cref="DataException">As of <see cref="SliceSampler.Next"/>.</exception>
    public Batch Next()
    {
        long start = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            Await();
            if (_error is { } error)
            {
                (_error, _state) = (null, Ahead.Nothing);
                error.Throw();
            }

            (_current, _ahead, _position) = (_ahead, _current, _sampler.State);
            Want();
        }

        _waited += Stopwatch.GetTimestamp() - start;
        return _current;
    }

    /// <summary>Replaces a case's pseudo labels from the next batch on (<see cref="SliceSampler.SetPseudo"/>).</summary>
    public void SetPseudo(int caseIndex, OrganRuns? pseudo, OrganRuns? absent = null)
    {
        Forget();
        _sampler.SetPseudo(caseIndex, pseudo, absent);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            while (_state == Ahead.Wanted)
                Monitor.Wait(_gate);
            _state = Ahead.Stopped;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        _reader?.Dispose();
    }

    /// <summary>
    /// Drops what was drawn ahead and takes the sampler back to the position. Until the next batch is taken the thread leaves the sampler
    /// alone.
    /// </summary>
    private void Forget()
    {
        lock (_gate)
        {
            while (_state == Ahead.Wanted)
                Monitor.Wait(_gate);
            (_sampler.State, _error, _state) = (_position, null, Ahead.Nothing);
        }
    }

    private void Await()
    {
        if (_state == Ahead.Nothing)
            Want();
        while (_state == Ahead.Wanted)
            Monitor.Wait(_gate);
    }

    private void Want()
    {
        _state = Ahead.Wanted;
        Monitor.PulseAll(_gate);
    }

    private void Draw()
    {
        while (true)
        {
            lock (_gate)
            {
                while (_state is Ahead.Nothing or Ahead.Ready)
                    Monitor.Wait(_gate);
                if (_state == Ahead.Stopped)
                    return;
            }

            try
            {
                _sampler.Next(_ahead.Images, _ahead.IsOrgan, _ahead.IsKnown, _ahead.Classes, _ahead.Annotated);
            }
            catch (Exception e)
            {
                _error = ExceptionDispatchInfo.Capture(e);
            }

            lock (_gate)
            {
                _state = Ahead.Ready;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
