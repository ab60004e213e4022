/** `struct timex` of <sys/timex.h> on 64-bit machines, and where its `status` is. */
const timexBytes = 208;
const statusOffset = 40;
const unsynchronised = 0x40;
const failed = -1;

/**
 * Whether something keeps the kernel's clock right (adjtimex(2), which any time service tells); `null`
 * when the kernel doesn't say.
 */
export async function clockIsKept(): Promise<boolean | null> {
  const { default: koffi } = await import('koffi');
  const adjtimex = koffi.load('libc.so.6').func('int adjtimex(void *buffer)');
  // No modes: the kernel only tells.
  const buffer = Buffer.alloc(timexBytes);
  const answer: unknown = adjtimex(buffer);
  if (answer === failed) return null;
  return (buffer.readInt32LE(statusOffset) & unsynchronised) === 0;
}
