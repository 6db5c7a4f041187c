using System.Runtime.InteropServices;
using Smile.Bench.Gpu;
using Smile.Bench.Ptx;
using Smile.Kernels.Backend;
using Smile.Kernels.Simd;
using TorchSharp;
using static TorchSharp.torch;

namespace Smile.Bench.Cpu;

/// <summary>The passes over memory.</summary>
internal static class ElementRows
{
    public static void Add(Measurement to)
    {
        // One for all rows: what memory gives changes by the minute where others share it, so that the bound is measured beside each row.
        Triad[] triads = [.. Measurement.Threads.Select(threads => new Triad(threads))];
        foreach (ElementCase one in ElementCases.All.Where(one => to.Wants(one.Name)))
        {
            using IDisposable? scope = Libtorch.Scope();
            var backends = new List<SimdBackend>();
            var contenders = new List<Contender>();
            var results = new List<float[]>();
            foreach ((int i, int threads) in Measurement.Threads.Index())
                contenders.Add(new Contender(Side.Triad, threads, triads[i].Run));
            Func<Tensor?>[] torch = scope is null || one.Torch is null
                ? []
                : one.Layouts ? [one.Torch(false), one.Torch(true)] : [one.Torch(false)];
            foreach (int threads in Measurement.Threads)
            {
                var operands = new Operands();
                Action<IBackend> run = one.Smile(operands);
                var backend = new SimdBackend(threads);
                backends.Add(backend);
                backend.Reserve(operands.Plan);
                operands.Write(backend);
                run(backend);
                results.Add([.. ScalarCheck.Results(backend, operands)
                    .SelectMany(words => MemoryMarshal.Cast<uint, float>(words).ToArray())]);
                contenders.Add(new Contender(Side.Smile, threads, () => run(backend)));
                foreach ((int layout, Func<Tensor?> operation) in torch.Index())
                    contenders.Add(new Contender(layout == 0 ? Side.Nchw : Side.Nhwc, threads, () =>
                    {
                        using DisposeScope inner = NewDisposeScope();
                        operation();
                    }));
            }

            to.Compare(one.Name, results);
            to.Add(RowKind.Elementwise, one.Name, "", sizeof(float) * one.Words, "", contenders, one.Barred, one.Bound);
            foreach (SimdBackend backend in backends)
                backend.Dispose();
        }

        foreach (Triad triad in triads)
            triad.Dispose();
    }
}
