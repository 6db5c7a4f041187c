/* A stand-in of libnccl.so.2: the signatures of nccl.h, each call written to CALLS, each answered with 42. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NCCL_UNIQUE_ID_BYTES 128
typedef struct { char internal[NCCL_UNIQUE_ID_BYTES]; } ncclUniqueId;
typedef enum { ncclSuccess = 0, ncclUnhandledCudaError = 1, ncclSystemError = 2, ncclInternalError = 3, ncclInvalidArgument = 4,
    ncclInvalidUsage = 5, ncclRemoteError = 6, ncclInProgress = 7, other = 42 } ncclResult_t;
typedef enum { ncclInt8 = 0, ncclUint8 = 1, ncclInt32 = 2, ncclUint32 = 3, ncclInt64 = 4, ncclUint64 = 5, ncclFloat16 = 6, ncclFloat32 = 7,
    ncclFloat64 = 8, ncclBfloat16 = 9 } ncclDataType_t;
typedef struct ncclComm *ncclComm_t;
typedef struct stream *cudaStream_t;

_Static_assert(sizeof(ncclUniqueId) == 128 && sizeof(ncclResult_t) == 4 && sizeof(ncclDataType_t) == 4, "sizes");

#define SAY(...) do { FILE *calls_ = fopen(CALLS, "w"); fprintf(calls_, __VA_ARGS__); fclose(calls_); } while (0)
#define U(p) ((unsigned long long)(uintptr_t)(p))

static const char *name(ncclDataType_t type) { return type == ncclFloat32 ? "ncclFloat32" : "another type"; }

ncclResult_t ncclGetVersion(int *version) { SAY("ncclGetVersion"); *version = 22105; return other; }
ncclResult_t ncclGetUniqueId(ncclUniqueId *id)
{
    SAY("ncclGetUniqueId");
    for (int i = 0; i < NCCL_UNIQUE_ID_BYTES; i++)
        id->internal[i] = (char)(3 * i + 1);
    return other;
}
ncclResult_t ncclCommInitRank(ncclComm_t *comm, int ranks, ncclUniqueId id, int rank)
{
    unsigned long long sum = 0;
    for (int i = 0; i < NCCL_UNIQUE_ID_BYTES; i++)
        sum = 31 * sum + (unsigned char)id.internal[i];
    SAY("ncclCommInitRank %d %llx %d", ranks, sum, rank);
    *comm = (ncclComm_t)(uintptr_t)0x100000001ull;
    return other;
}
ncclResult_t ncclGroupStart(void) { SAY("ncclGroupStart"); return other; }
ncclResult_t ncclGroupEnd(void) { SAY("ncclGroupEnd"); return other; }
ncclResult_t ncclSend(const void *from, size_t count, ncclDataType_t type, int peer, ncclComm_t comm, cudaStream_t stream)
{
    SAY("ncclSend %llx %zx %s %d %llx %llx", U(from), count, name(type), peer, U(comm), U(stream));
    return other;
}
ncclResult_t ncclRecv(void *into, size_t count, ncclDataType_t type, int peer, ncclComm_t comm, cudaStream_t stream)
{
    SAY("ncclRecv %llx %zx %s %d %llx %llx", U(into), count, name(type), peer, U(comm), U(stream));
    return other;
}
ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *error)
{
    SAY("ncclCommGetAsyncError %llx", U(comm));
    *error = ncclRemoteError;
    return other;
}
ncclResult_t ncclCommAbort(ncclComm_t comm) { SAY("ncclCommAbort %llx", U(comm)); return other; }
const char *ncclGetErrorString(ncclResult_t result) { return result == ncclInvalidUsage ? "invalid usage" : "another error"; }
const char *ncclGetLastError(ncclComm_t comm) { return comm == NULL ? "Duplicate GPU detected\n" : "of a communicator"; }
