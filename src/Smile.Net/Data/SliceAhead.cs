using System.Runtime.ExceptionServices;

namespace Smile.Net.Data;

/// <summary>
/// Reads the slices that batches will ask for before they do: the draws to come are known without an image, so threads plan them with a
/// generator of their own, and read into a ring of slices, in the order in which they are taken. A slice allocates nothing here; the
/// decompressor takes 40 bytes.
/// </summary>
internal sealed class SliceAhead : IDisposable
{
    // A disk answers several at once; a slice is decompressed in half a millisecond.
    private const int LeastThreads = 2, MostThreads = 8, MostSlots = 64;

    private readonly Func<Rng, int, (CaseImage Image, SliceDraw Draw)> _plan;
    private readonly int _slices, _batch;
    private readonly SliceDistance _distance;
    private readonly object _gate = new();
    private readonly Slot[] _ring;
    private readonly Thread[] _threads;
    private readonly Rng _rng = new(0);
    private (CaseImage Image, SliceDraw Draw) _draw;
    private int _planned; // draws of the batch
    private int _channel; // of the draw: the next to read
    private long _claimed, _taken; // slices whose reading was begun; that were released
    private int _reading; // threads outside the gate
    private bool _runs, _stopped;

    /// <param name="plan">
    /// The image and the slice that come next, of a batch the so-many-th; advances the generator as filling them does.
    /// </param>
    /// <param name="slices">Slices of a draw: itself and its neighbours.</param>
    /// <param name="distance">Of the neighbours.</param>
    /// <param name="batch">Draws of a batch that are filled.</param>
    /// <param name="mostBytes">Of the largest slice.</param>
    public SliceAhead(
        Func<Rng, int, (CaseImage Image, SliceDraw Draw)> plan, int slices, SliceDistance distance, int batch, int mostBytes)
    {
        (_plan, _slices, _distance, _batch) = (plan, slices, distance, batch);
        int threads = Math.Clamp(Environment.ProcessorCount / 2, LeastThreads, MostThreads);
        _ring = [.. Enumerable.Range(0, Math.Clamp(2 * batch * slices, 2 * threads, MostSlots)).Select(_ => new Slot(new byte[mostBytes]))];
        _threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(Read) { IsBackground = true, Name = $"smile slices {i}" })];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>Before a batch: reads on from the state, where what was read ahead was forgotten.</summary>
    public void Begin((ulong A, ulong B, ulong C, ulong D) state)
    {
        lock (_gate)
        {
            if (_runs)
                return;
            (_rng.State, _claimed, _taken, _planned, _channel, _runs) = (state, 0, 0, 0, _slices, true);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Drops what was read; comes back when no thread plans or reads.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _runs = false;
            while (_reading > 0)
                Monitor.Wait(_gate);
            foreach (Slot slot in _ring)
                (slot.IsReady, slot.Error) = (false, null);
        }
    }

    /// <summary>The next slice; it lies there until <see cref="Release"/>.</summary>
    /// <param name="image">Which it must be of.</param>
    /// <param name="z">Which it must be.</param>
    /// <exception cref="DataException">It is damaged, or cannot be read.</exception>
    public ImagePlane Take(CaseImage image, int z)
    {
        Slot slot = _ring[_taken % _ring.Length];
        lock (_gate)
            while (!slot.IsReady)
                Monitor.Wait(_gate);
        if (slot.Error is { } error)
        {
            Forget();
            ExceptionDispatchInfo.Throw(error);
        }

        if (slot.Image != image || slot.Z != z)
            throw new InvalidOperationException($"Slice {slot.Z} was read ahead where slice {z} is asked for.");
        return image.IsStored ? image.PlaneOf(slot.Numbers.AsSpan(0, image.SliceBytes)) : image.Plane(z, []);
    }

    /// <summary>The slice that was taken is not needed any more.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _ring[_taken++ % _ring.Length].IsReady = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
            thread.Join();
    }

    private void Read()
    {
        while (true)
        {
            Slot slot;
            lock (_gate)
            {
                while (!_stopped && (!_runs || _claimed - _taken == _ring.Length))
                    Monitor.Wait(_gate);
                if (_stopped)
                    return;
                slot = _ring[_claimed++ % _ring.Length];
                try
                {
                    if (_channel == _slices)
                        (_draw, _planned, _channel) = (_plan(_rng, _planned), (_planned + 1) % _batch, 0);
                    (slot.Image, slot.Z) =
                        (_draw.Image, _distance.SliceOf(_draw.Draw.Z, _channel++, _slices, _draw.Image.Geometry));
                }
                catch (Exception e)
                {
                    // Whoever takes it would else wait for ever.
                    (slot.Error, slot.IsReady, _runs) = (e, true, false);
                    Monitor.PulseAll(_gate);
                    continue;
                }

                _reading++;
            }

            Exception? error = null;
            try
            {
                if (slot.Image.IsStored)
                    slot.Image.ReadNumbers(slot.Z, slot.Numbers.AsSpan(0, slot.Image.SliceBytes));
            }
            catch (Exception e)
            {
                error = e;
            }

            lock (_gate)
            {
                _reading--;
                (slot.Error, slot.IsReady) = (error, true);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private sealed class Slot(byte[] numbers)
    {
        public byte[] Numbers { get; } = numbers;

        public CaseImage Image { get; set; } = null!;

        public int Z { get; set; }

        public bool IsReady { get; set; }

        public Exception? Error { get; set; }
    }
}
