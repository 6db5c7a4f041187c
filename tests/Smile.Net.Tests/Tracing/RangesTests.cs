using Smile.Kernels.Backend;
using Smile.Kernels.Tests.Gpu.Cuda;
using Smile.Net.Data;
using Smile.Net.Settings;
using Smile.Net.Tests.Runs;
using Smile.Net.Tracing;
using Smile.Net.Training;

namespace Smile.Net.Tests.Tracing;

/// <summary>The ranges of a training step, as a tool in C hears them.</summary>
public sealed class RangesTests : IDisposable
{
    private const string Tool = """

        #include <stdint.h>
        #include <stdio.h>
        #include <string.h>
        #include <unistd.h>
        typedef void (*function)(void);
        typedef struct { size_t struct_size; int (*GetModuleFunctionTable)(int module, function ***table, unsigned *size); } callbacks;
        typedef struct { size_t struct_size; uint32_t version, reserved; void (*SetInjectionNvtxVersion)(uint32_t); } versions;
        enum { NVTX_ETID_CALLBACKS = 1, NVTX_ETID_VERSIONINFO = 3, NVTX_CB_MODULE_CORE = 1, NVTX_CB_MODULE_CORE2 = 5,
            NVTX_CBID_CORE_RangePushA = 9, NVTX_CBID_CORE_RangePop = 11, NVTX_CBID_CORE2_Initialize = 15 };
        static int thread;
        static void write_down(const char *what, const char *name)
        {
            if (thread == 0 && strcmp(name, "test") == 0)
                thread = gettid();
            if (thread != gettid())
                return; /* tests run beside this one */
            FILE *file = fopen(CALLS, "a");
            fprintf(file, "%s%s\n", what, name);
            fclose(file);
        }
        static int push(const char *name) { write_down("+", name); return 0; }
        static int pop(void) { write_down("-", ""); return 0; }
        int InitializeInjectionNvtx2(const void *(*get)(uint32_t))
        {
            const callbacks *all = get(NVTX_ETID_CALLBACKS);
            const versions *version = get(NVTX_ETID_VERSIONINFO);
            function **core = NULL, **core2 = NULL;
            unsigned size = 0, size2 = 0;
            if (get(77) != NULL || all->struct_size < sizeof(callbacks) || version->version != 3
                || !all->GetModuleFunctionTable(NVTX_CB_MODULE_CORE, &core, &size) || size != 16 || core[0] != NULL || core[16] != NULL
                || !all->GetModuleFunctionTable(NVTX_CB_MODULE_CORE2, &core2, &size2) || size2 <= NVTX_CBID_CORE2_Initialize
                || all->GetModuleFunctionTable(7, &core2, &size2))
                return 0;
            version->SetInjectionNvtxVersion(3);
            *core2[NVTX_CBID_CORE2_Initialize] = (function)pop;
            *core[NVTX_CBID_CORE_RangePushA] = (function)push;
            *core[NVTX_CBID_CORE_RangePop] = (function)pop;
            return 1;
        }
        """;

    private readonly StandIn _tool = new();

    public void Dispose()
    {
        Ranges.Tool = null;
        _tool.Dispose();
    }

    [Fact]
    public void A_step_its_passes_and_its_layers_are_ranges_that_nest()
    {
        Ranges.Tool = NvtxTool.Open(_tool.Compile("#define _GNU_SOURCE\n" + _tool.Header + Tool));
        Assert.NotNull(Ranges.Tool);
        RunSettings settings = Toy.Settings(Methods.Smile, 1);
        var sampler = new SliceSampler(Toy.Cases(), Toy.Organs.Count, settings.ForSampler(), new Rng(1, 2));
        using (var learner = new Learner(settings, Toy.Organs.Count, sampler, Backends.Open("scalar")))
        {
            learner.Network.Initialise(new Rng(1, 1));
            using (Ranges.Enter(Ranges.Name("test")))
                learner.Step(0);
            string[] layers = [.. learner.Network.Graph.Layers.Select(layer => layer.Name)];
            Assert.Equal(["test", "test/step", "test/step/forward", .. layers.Select(name => $"test/step/forward/{name}"),
                "test/step/loss", "test/step/backward", .. layers.Reverse().Select(name => $"test/step/backward/{name}"),
                "test/step/optimiser"], Paths());
        }

        string[] Paths()
        {
            var open = new List<string>();
            var paths = new List<string>();
            foreach (string line in _tool.Call.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                if (line[0] == '-')
                    open.RemoveAt(open.Count - 1);
                else
                {
                    open.Add(line[1..]);
                    paths.Add(string.Join('/', open));
                }

            Assert.Empty(open);
            return [.. paths];
        }
    }

    [Fact]
    public void A_library_that_is_not_there_or_does_not_listen_is_no_tool()
    {
        Assert.Null(NvtxTool.Open(null));
        Assert.Null(NvtxTool.Open(_tool.Missing));
        Assert.Null(NvtxTool.Open(_tool.Compile("int nothing;")));
        Assert.Null(NvtxTool.Open(_tool.Compile("int InitializeInjectionNvtx2(void *get) { return 0; }")));
    }
}
