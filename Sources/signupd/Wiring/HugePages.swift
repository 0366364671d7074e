// Argon2id's memory in huge pages.
//
// libsodium maps 19 MiB for each hash and unmaps them after it. As 4,864 small pages they cost the kernel 7 ms, of the hash's 16 in
// all; as ten huge ones 2 ms. Where the system gives huge pages only to who asks (`madvise` in
// /sys/kernel/mm/transparent_hugepage/enabled, as on Ubuntu and on many virtual machines; Debian's default is `always`), somebody
// has to ask: libsodium does not, and glibc.malloc.hugetlb asks for what comes from malloc only. So the program has an mmap of its
// own, which the dynamic linker puts before the C library's, and which asks for every large mapping.

internal import CProcess
import Glibc

/// mmap(2). It runs before `main`, too: nothing here may allocate, or need anything that is made when it is first used.
@_cdecl("mmap")
public func mapMemory(
    _ address: UnsafeMutableRawPointer?,
    _ byteCount: Int,
    _ protection: Int32,
    _ flags: Int32,
    _ descriptor: Int32,
    _ offset: Int
) -> UnsafeMutableRawPointer? {
    // Two huge pages of the common size: anything smaller may not hold a whole one.
    let largeByteCount = 4_194_304
    guard flags & MAP_ANONYMOUS != 0, byteCount >= largeByteCount else {
        return mmap64(address, byteCount, protection, flags, descriptor, offset)
    }
    // To populate it at once would be to take small pages before anybody could ask for others. Writing takes them as well.
    let memory = mmap64(address, byteCount, protection, flags & ~MAP_POPULATE, descriptor, offset)
    // Advice: where the system does not heed it, the pages are small.
    if memory != MAP_FAILED { _ = madvise(memory, byteCount, MADV_HUGEPAGE) }
    return memory
}
