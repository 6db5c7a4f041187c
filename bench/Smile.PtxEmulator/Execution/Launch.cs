using Smile.PtxEmulator.Counters;

namespace Smile.PtxEmulator.Execution;

/// <summary>A launch: what runs, on what.</summary>
internal sealed record Launch(KernelProgram Program, DeviceMemory Memory, EmulatorOptions Options, Dim3 Grid, Dim3 Block,
    int DynamicSharedBytes, byte[] Parameters)
{
    /// <summary>What the launch touched in global memory; before the next launch.</summary>
    public Footprint Footprint() => Memory.Footprint(Program.Granule);

    /// <summary>How many blocks are executed.</summary>
    public int ExecutedBlocks => Options.SampledBlocks > 0 ? (int)Math.Min(Options.SampledBlocks, Grid.Count) : (int)Grid.Count;

    /// <summary>Runs the blocks and adds up what they counted. Of several refusals the one of the lowest block is reported.</summary>
    public LineCount[] Run()
    {
        Memory.ForgetOwners();
        int blocks = ExecutedBlocks, next = -1;
        // Atomic operations on global memory see each other's results: one worker, so that the order is the same every time.
        int workers = Program.UpdatesGlobalMemory ? 1 : Math.Min(blocks, Options.Workers);
        var total = new LineCount[Program.Code.Length];
        PtxException? refusal = null;
        int refusedBlock = int.MaxValue;
        void Work()
        {
            using var block = new Block(this);
            while (Interlocked.Increment(ref next) is int number && number < blocks && number < Volatile.Read(ref refusedBlock))
            {
                try
                {
                    block.Run((int)((2L * number + 1) * Grid.Count / (2L * blocks)));
                }
                catch (PtxException e)
                {
                    lock (total)
                        if (number < refusedBlock)
                            (refusal, refusedBlock) = (e, number);
                }
            }

            lock (total)
                for (int i = 0; i < total.Length; i++)
                    total[i].Add(block.Counts[i]);
        }

        if (workers == 1)
            Work();
        else
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ => Work());
        return refusal is null ? total : throw refusal;
    }
}
