/*
 * libcuda.so.1 of a machine without a GPU: each call of the CUDA driver API that Smile makes is sent to Smile's emulated driver, which runs
 * in a program of its own (DriverServer.cs says what goes over the socket). That program is SMILE_EMULATED_CUDA_HOST, with the argument
 * "emulate-cuda"; it is started by cuInit and ends with this process.
 *
 *   gcc -O2 -shared -fPIC -Wall -Werror -Wl,-soname,libcuda.so.1 -o libcuda.so.1 libcuda.c -lpthread
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef int CUresult, CUdevice;
typedef unsigned long long CUdeviceptr;
typedef uint64_t handle;

enum { INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, UNKNOWN = 999 };
enum { HOST_END = 3, MOST_TEXT = 16 << 10, MOST_NUMBERS = 6 };

/* The order is that of DriverServer.Call. */
enum call { INIT, VERSION, DEVICE_COUNT, DEVICE, DEVICE_NAME, DEVICE_MEMORY, DEVICE_ATTRIBUTE, RETAIN, RELEASE, SET_CONTEXT, ALLOCATE, FREE,
    SET, TO_DEVICE, TO_HOST, LOAD, UNLOAD, FUNCTION, FUNCTION_ATTRIBUTE, SET_FUNCTION_ATTRIBUTE, LAUNCH, CREATE_STREAM, WAIT_STREAM,
    DESTROY_STREAM, BEGIN_CAPTURE, END_CAPTURE, GRAPH_NODES, INSTANTIATE, LAUNCH_GRAPH, DESTROY_GRAPH, DESTROY_EXECUTABLE, CREATE_EVENT,
    RECORD_EVENT, WAIT_EVENT, QUERY_EVENT, ELAPSED, DESTROY_EVENT };

/* A request: what is called, its numbers, and bytes that follow. An answer: the result, a number, and bytes that follow. */
struct request { uint32_t call, bytes; uint64_t numbers[MOST_NUMBERS]; };
struct answer { int32_t result; uint32_t bytes; uint64_t number; };

extern char **environ;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int host = -1;
static char last_failure[MOST_TEXT] = "";

static int start(void)
{
    const char *program = getenv("SMILE_EMULATED_CUDA_HOST");
    if (program == NULL)
    {
        fprintf(stderr, "emulated libcuda: SMILE_EMULATED_CUDA_HOST names no program\n");
        return -1;
    }
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], HOST_END);
    char *arguments[] = { (char *)program, "emulate-cuda", NULL };
    pid_t child;
    int failed = posix_spawn(&child, program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed != 0)
    {
        fprintf(stderr, "emulated libcuda: %s: %s\n", program, strerror(failed));
        close(ends[0]);
        return -1;
    }
    return ends[0];
}

static int send_all(const void *from, size_t bytes)
{
    for (const char *at = from; bytes > 0;)
    {
        ssize_t sent = send(host, at, bytes, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return 0;
        at += sent;
        bytes -= (size_t)sent;
    }
    return 1;
}

static int receive_all(void *to, size_t bytes)
{
    for (char *at = to; bytes > 0;)
    {
        ssize_t received = recv(host, at, bytes, 0);
        if (received < 0 && errno == EINTR)
            continue;
        if (received <= 0)
            return 0;
        at += received;
        bytes -= (size_t)received;
    }
    return 1;
}

/* One call. What comes back beyond room is read and dropped; what is less than it leaves the rest as it was. */
static CUresult ask(enum call call, const uint64_t *numbers, int count, const void *bytes, size_t length, uint64_t *number, void *back,
    size_t room)
{
    struct request request = { .call = call, .bytes = (uint32_t)length };
    struct answer answer = { .result = UNKNOWN };
    if (length > UINT32_MAX)
        return INVALID_VALUE;
    memcpy(request.numbers, numbers, (size_t)count * sizeof *numbers);
    pthread_mutex_lock(&lock);
    if (host < 0 && call == INIT)
        host = start();
    CUresult result = host < 0 ? NOT_INITIALIZED : UNKNOWN;
    if (host >= 0 && send_all(&request, sizeof request) && send_all(bytes, length) && receive_all(&answer, sizeof answer))
    {
        result = answer.result;
        size_t taken = 0;
        if (result != 0 && call != LOAD) /* what the emulator says of a failure: cuGetErrorString repeats it */
        {
            back = last_failure;
            room = sizeof last_failure - 1;
        }
        taken = answer.bytes < room ? answer.bytes : room;
        if (!receive_all(back, taken))
            result = UNKNOWN;
        if (back == last_failure)
            last_failure[taken] = 0;
        for (char rest[256]; taken < answer.bytes;)
        {
            size_t part = answer.bytes - taken < sizeof rest ? answer.bytes - taken : sizeof rest;
            if (!receive_all(rest, part))
                break;
            taken += part;
        }
        if (number != NULL)
            *number = answer.number;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

#define NUMBERS(...) (const uint64_t[]){ __VA_ARGS__ }, (int)(sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))
#define TELL(call, ...) ask(call, NUMBERS(__VA_ARGS__), NULL, 0, NULL, NULL, 0)
#define GET(call, to, type, ...) ({ uint64_t got_ = 0; CUresult r_ = ask(call, NUMBERS(__VA_ARGS__), NULL, 0, &got_, NULL, 0); *(to) = (type)got_; r_; })

CUresult cuInit(unsigned flags) { return TELL(INIT, flags); }
CUresult cuDriverGetVersion(int *v) { return GET(VERSION, v, int, 0); }
CUresult cuDeviceGetCount(int *n) { return GET(DEVICE_COUNT, n, int, 0); }
CUresult cuDeviceGet(CUdevice *d, int ordinal) { return GET(DEVICE, d, int, (uint64_t)ordinal); }
CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice d) { return GET(DEVICE_MEMORY, bytes, size_t, (uint64_t)d); }
CUresult cuDeviceGetAttribute(int *v, int attribute, CUdevice d) { return GET(DEVICE_ATTRIBUTE, v, int, (uint64_t)attribute, (uint64_t)d); }
CUresult cuDevicePrimaryCtxRetain(handle *c, CUdevice d) { return GET(RETAIN, c, handle, (uint64_t)d); }
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice d) { return TELL(RELEASE, (uint64_t)d); }
CUresult cuCtxSetCurrent(handle c) { return TELL(SET_CONTEXT, c); }
CUresult cuMemAlloc_v2(CUdeviceptr *p, size_t n) { return GET(ALLOCATE, p, CUdeviceptr, n); }
CUresult cuMemFree_v2(CUdeviceptr p) { return TELL(FREE, p); }
CUresult cuMemsetD32Async(CUdeviceptr p, unsigned v, size_t n, handle s) { return TELL(SET, p, v, n, s); }
CUresult cuModuleUnload(handle m) { return TELL(UNLOAD, m); }
CUresult cuFuncGetAttribute(int *v, int attribute, handle f) { return GET(FUNCTION_ATTRIBUTE, v, int, (uint64_t)attribute, f); }
CUresult cuFuncSetAttribute(handle f, int attribute, int v) { return TELL(SET_FUNCTION_ATTRIBUTE, f, (uint64_t)attribute, (uint64_t)v); }
CUresult cuStreamCreate(handle *s, unsigned flags) { return GET(CREATE_STREAM, s, handle, flags); }
CUresult cuStreamSynchronize(handle s) { return TELL(WAIT_STREAM, s); }
CUresult cuStreamDestroy_v2(handle s) { return TELL(DESTROY_STREAM, s); }
CUresult cuStreamBeginCapture_v2(handle s, int mode) { return TELL(BEGIN_CAPTURE, s, (uint64_t)mode); }
CUresult cuStreamEndCapture(handle s, handle *g) { return GET(END_CAPTURE, g, handle, s); }
CUresult cuGraphGetNodes(handle g, handle *nodes, size_t *n) { return nodes != NULL ? INVALID_VALUE : GET(GRAPH_NODES, n, size_t, g); }
CUresult cuGraphInstantiateWithFlags(handle *x, handle g, unsigned long long flags) { return GET(INSTANTIATE, x, handle, g, flags); }
CUresult cuGraphLaunch(handle x, handle s) { return TELL(LAUNCH_GRAPH, x, s); }
CUresult cuGraphDestroy(handle g) { return TELL(DESTROY_GRAPH, g); }
CUresult cuGraphExecDestroy(handle x) { return TELL(DESTROY_EXECUTABLE, x); }
CUresult cuEventCreate(handle *e, unsigned flags) { return GET(CREATE_EVENT, e, handle, flags); }
CUresult cuEventRecord(handle e, handle s) { return TELL(RECORD_EVENT, e, s); }
CUresult cuEventSynchronize(handle e) { return TELL(WAIT_EVENT, e); }
CUresult cuEventQuery(handle e) { return TELL(QUERY_EVENT, e); }
CUresult cuEventDestroy_v2(handle e) { return TELL(DESTROY_EVENT, e); }

CUresult cuDeviceGetName(char *name, int room, CUdevice d)
{
    if (room <= 0)
        return INVALID_VALUE;
    memset(name, 0, (size_t)room);
    return ask(DEVICE_NAME, NUMBERS((uint64_t)d), NULL, 0, NULL, name, (size_t)room - 1);
}

CUresult cuGetErrorName(CUresult result, const char **name)
{
    static __thread char text[32];
    snprintf(text, sizeof text, "CUDA error %d", result);
    *name = text;
    return 0;
}

CUresult cuGetErrorString(CUresult result, const char **text)
{
    (void)result;
    *text = last_failure[0] != 0 ? last_failure : "the emulated driver says no more";
    return 0;
}

CUresult cuMemHostAlloc(void **p, size_t n, unsigned flags)
{
    (void)flags;
    *p = aligned_alloc(4096, (n + 4095) / 4096 * 4096);
    return *p != NULL ? 0 : OUT_OF_MEMORY;
}

CUresult cuMemFreeHost(void *p)
{
    free(p);
    return 0;
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t n, handle s)
{
    return ask(TO_DEVICE, NUMBERS(to, s), from, n, NULL, NULL, 0);
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t n, handle s)
{
    return ask(TO_HOST, NUMBERS(from, n, s), NULL, 0, NULL, to, n);
}

CUresult cuModuleLoadDataEx(handle *m, const void *image, unsigned n, int *options, void **values)
{
    char *log = NULL;
    size_t room = 0;
    for (unsigned i = 0; i < n; i++)
    {
        if (options[i] == 5) /* CU_JIT_ERROR_LOG_BUFFER */
            log = values[i];
        else if (options[i] == 6) /* CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES */
            room = (size_t)(uintptr_t)values[i];
    }
    uint64_t module = 0;
    if (log != NULL && room > 0)
        memset(log, 0, room);
    CUresult result = ask(LOAD, NUMBERS(0), image, strlen(image), &module, log, log != NULL && room > 0 ? room - 1 : 0);
    *m = module;
    return result;
}

CUresult cuModuleGetFunction(handle *f, handle m, const char *name)
{
    uint64_t function = 0;
    CUresult result = ask(FUNCTION, NUMBERS(m), name, strlen(name), &function, NULL, 0);
    *f = function;
    return result;
}

CUresult cuLaunchKernel(handle f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, handle s,
    void **params, void **extra)
{
    /* CU_LAUNCH_PARAM_BUFFER_POINTER 1, _SIZE 2, _END 0: the one way in which Smile gives arguments */
    if (gz != 1 || by != 1 || bz != 1 || params != NULL || extra == NULL || (uintptr_t)extra[0] != 1 || (uintptr_t)extra[2] != 2
        || extra[4] != NULL)
        return INVALID_VALUE;
    return ask(LAUNCH, NUMBERS(f, gx, gy, bx, shared, s), extra[1], *(size_t *)extra[3], NULL, NULL, 0);
}

CUresult cuEventElapsedTime(float *ms, handle from, handle to)
{
    uint64_t bits = 0;
    CUresult result = ask(ELAPSED, NUMBERS(from, to), NULL, 0, &bits, NULL, 0);
    uint32_t low = (uint32_t)bits;
    memcpy(ms, &low, sizeof *ms);
    return result;
}
