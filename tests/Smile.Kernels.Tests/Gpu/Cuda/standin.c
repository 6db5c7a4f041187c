/* A stand-in of libcuda: the signatures of cuda.h, each call written to CALLS, each answered with 42. */
#include <stdio.h>
#include <stdint.h>
#include <string.h>

typedef int CUresult, CUdevice;
typedef unsigned long long CUdeviceptr;
typedef struct opaque *handle;

#define SAY(...) do { FILE *calls_ = fopen(CALLS, "w"); fprintf(calls_, __VA_ARGS__); fclose(calls_); } while (0)
#define H(n) ((handle)(uintptr_t)(0x100000000ull + (n)))
#define U(p) ((unsigned long long)(uintptr_t)(p))

CUresult cuInit(unsigned flags) { SAY("cuInit %u", flags); return 42; }
CUresult cuDriverGetVersion(int *v) { SAY("cuDriverGetVersion"); *v = 12040; return 42; }
CUresult cuDeviceGetCount(int *n) { SAY("cuDeviceGetCount"); *n = 3; return 42; }
CUresult cuDeviceGet(CUdevice *d, int ordinal) { SAY("cuDeviceGet %d", ordinal); *d = 7; return 42; }
CUresult cuDeviceGetName(char *name, int len, CUdevice d) { SAY("cuDeviceGetName %d %d", len, d); strcpy(name, "Stand-in"); return 0; }
CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice d) { SAY("cuDeviceTotalMem_v2 %d", d); *bytes = 0x123456789ull; return 42; }
CUresult cuDeviceGetAttribute(int *v, int attribute, CUdevice d) { SAY("cuDeviceGetAttribute %d %d", attribute, d); *v = 9; return 42; }
CUresult cuGetErrorName(CUresult r, const char **s) { static char t[64]; sprintf(t, "CUDA_ERROR_%d", r); *s = t; return 42; }
CUresult cuGetErrorString(CUresult r, const char **s) { static char t[64]; sprintf(t, "text of %d", r); *s = t; return 42; }
CUresult cuDevicePrimaryCtxRetain(handle *c, CUdevice d) { SAY("cuDevicePrimaryCtxRetain %d", d); *c = H(1); return 42; }
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice d) { SAY("cuDevicePrimaryCtxRelease_v2 %d", d); return 42; }
CUresult cuCtxSetCurrent(handle c) { SAY("cuCtxSetCurrent %llx", U(c)); return 42; }
CUresult cuMemAlloc_v2(CUdeviceptr *p, size_t n) { SAY("cuMemAlloc_v2 %zx", n); *p = 0xF00000002ull; return 42; }
CUresult cuMemFree_v2(CUdeviceptr p) { SAY("cuMemFree_v2 %llx", p); return 42; }
CUresult cuMemHostAlloc(void **p, size_t n, unsigned flags) { SAY("cuMemHostAlloc %zx %u", n, flags); *p = H(3); return 42; }
CUresult cuMemFreeHost(void *p) { SAY("cuMemFreeHost %llx", U(p)); return 42; }
CUresult cuMemsetD32Async(CUdeviceptr p, unsigned v, size_t n, handle s) { SAY("cuMemsetD32Async %llx %x %zx %llx", p, v, n, U(s)); return 42; }
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t n, handle s) { SAY("cuMemcpyHtoDAsync_v2 %llx %llx %zx %llx", to, U(from), n, U(s)); return 42; }
CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t n, handle s) { SAY("cuMemcpyDtoHAsync_v2 %llx %llx %zx %llx", U(to), from, n, U(s)); return 42; }
CUresult cuModuleLoadDataEx(handle *m, const void *image, unsigned n, int *o, void **v)
{
    if (n == 3)
    {
        SAY("cuModuleLoadDataEx %s %d %d=%llx %d=%llx", (const char *)image, o[0], o[1], U(v[1]), o[2], U(v[2]));
        strcpy(v[0], "what ptxas says");
    }
    *m = H(4);
    return 42;
}
CUresult cuModuleUnload(handle m) { SAY("cuModuleUnload %llx", U(m)); return 42; }
CUresult cuModuleGetFunction(handle *f, handle m, const char *name) { SAY("cuModuleGetFunction %llx %s", U(m), name); *f = H(5); return 42; }
CUresult cuFuncGetAttribute(int *v, int attribute, handle f) { SAY("cuFuncGetAttribute %d %llx", attribute, U(f)); *v = 255; return 42; }
CUresult cuFuncSetAttribute(handle f, int attribute, int v) { SAY("cuFuncSetAttribute %llx %d %d", U(f), attribute, v); return 42; }
CUresult cuLaunchKernel(handle f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, handle s, void **params, void **extra)
{
    /* CU_LAUNCH_PARAM_BUFFER_POINTER 1, _SIZE 2, _END 0 */
    if (params != NULL || U(extra[0]) != 1 || U(extra[2]) != 2 || U(extra[4]) != 0 || *(size_t *)extra[3] != 3)
        return 1;
    const unsigned char *a = extra[1];
    SAY("cuLaunchKernel %llx %u %u %u %u %u %u %u %llx %02x%02x%02x", U(f), gx, gy, gz, bx, by, bz, shared, U(s), a[0], a[1], a[2]);
    return 42;
}
CUresult cuStreamCreate(handle *s, unsigned flags) { SAY("cuStreamCreate %u", flags); *s = H(6); return 42; }
CUresult cuStreamSynchronize(handle s) { SAY("cuStreamSynchronize %llx", U(s)); return 42; }
CUresult cuStreamDestroy_v2(handle s) { SAY("cuStreamDestroy_v2 %llx", U(s)); return 42; }
CUresult cuStreamBeginCapture_v2(handle s, int mode) { SAY("cuStreamBeginCapture_v2 %llx %d", U(s), mode); return 42; }
CUresult cuStreamEndCapture(handle s, handle *g) { SAY("cuStreamEndCapture %llx", U(s)); *g = H(8); return 42; }
CUresult cuGraphGetNodes(handle g, handle *nodes, size_t *n) { SAY("cuGraphGetNodes %llx %llx", U(g), U(nodes)); *n = 0x500000005ull; return 42; }
CUresult cuGraphInstantiateWithFlags(handle *x, handle g, unsigned long long flags) { SAY("cuGraphInstantiateWithFlags %llx %llx", U(g), flags); *x = H(9); return 42; }
CUresult cuGraphLaunch(handle x, handle s) { SAY("cuGraphLaunch %llx %llx", U(x), U(s)); return 42; }
CUresult cuGraphDestroy(handle g) { SAY("cuGraphDestroy %llx", U(g)); return 42; }
CUresult cuGraphExecDestroy(handle x) { SAY("cuGraphExecDestroy %llx", U(x)); return 42; }
CUresult cuEventCreate(handle *e, unsigned flags) { SAY("cuEventCreate %u", flags); *e = H(7); return 42; }
CUresult cuEventRecord(handle e, handle s) { SAY("cuEventRecord %llx %llx", U(e), U(s)); return 42; }
CUresult cuEventSynchronize(handle e) { SAY("cuEventSynchronize %llx", U(e)); return 42; }
CUresult cuEventQuery(handle e) { SAY("cuEventQuery %llx", U(e)); return 42; }
CUresult cuEventElapsedTime(float *ms, handle a, handle b) { SAY("cuEventElapsedTime %llx %llx", U(a), U(b)); *ms = 1.5f; return 42; }
CUresult cuEventDestroy_v2(handle e) { SAY("cuEventDestroy_v2 %llx", U(e)); return 42; }
