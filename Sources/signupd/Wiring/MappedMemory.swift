// Argon2id's memory: in huge pages, and kept while there is more to hash.
//
// libsodium maps 19 MiB for each hash and unmaps them after it. As 4,864 small pages they cost the kernel 7 ms, of the hash's 16 in
// all; as ten huge ones 2 ms. Where the system gives huge pages only to who asks (`madvise` in
// /sys/kernel/mm/transparent_hugepage/enabled, as on Ubuntu and on many virtual machines; Debian's default is `always`), somebody
// has to ask: libsodium does not, and glibc.malloc.hugetlb asks for what comes from malloc only. So the program has an mmap of its
// own, which the dynamic linker puts before the C library's, and which asks for every large mapping. And a munmap, by which a
// thread that hashes keeps its mapping for the next hash (HashMemory): that saves the last 2 ms.
//
// Both run before `main`, too, and for everybody: nothing here may allocate or map.

internal import CProcess
import Glibc

/// Two huge pages of the common size: anything smaller may not hold a whole one.
private var largeByteCount: Int { 4_194_304 }

/// mmap(2).
@_cdecl("mmap")
public func mapMemory(
    _ address: UnsafeMutableRawPointer?,
    _ byteCount: Int,
    _ protection: Int32,
    _ flags: Int32,
    _ descriptor: Int32,
    _ offset: Int
) -> UnsafeMutableRawPointer? {
    guard flags & MAP_ANONYMOUS != 0, byteCount >= largeByteCount else {
        return mmap64(address, byteCount, protection, flags, descriptor, offset)
    }
    let isLibsodiums =
        address == nil && protection == PROT_READ | PROT_WRITE && flags == MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE
    if isLibsodiums, let memory = HashMemory.take(byteCount) { return memory }
    // To populate it at once would be to take small pages before anybody could ask for others. Writing takes them as well.
    let memory = mmap64(address, byteCount, protection, flags & ~MAP_POPULATE, descriptor, offset)
    // Advice: where the system does not heed it, the pages are small.
    if memory != MAP_FAILED { _ = madvise(memory, byteCount, MADV_HUGEPAGE) }
    return memory
}

/// munmap(2).
@_cdecl("munmap")
public func unmapMemory(_ address: UnsafeMutableRawPointer?, _ byteCount: Int) -> Int32 {
    if byteCount >= largeByteCount, let address, HashMemory.keep(address, byteCount) { return 0 }
    return signupd_unmap(address, byteCount)
}
