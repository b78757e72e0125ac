/** What one run of untrusted code may use. No limit rests on time: the clock of a deployed Worker stands still while code runs. */

/** Longest program, in UTF-16 units. */
export const codeUnits = 65_536

/** Work until the engine stops for good, in units of its fuel meter: a loop turn, a function entry, or 32 bytes copied. */
export const programFuel = 500_000_000

/** Work for stripping the types of one program. */
export const stripFuel = 300_000_000

/** Checks for interrupts until a program ends with an error of its own, with its line. A loop makes one in some 5,000 turns. */
export const programTicks = 4_000

/** Memory that a program may allocate. Bytes. */
export const programBytes = 16 << 20

/** The largest memory of an engine, program included, in pages of 64 KiB. Its allocator may need twice the limit of a program. */
export const enginePages = 640

/** The largest memory of a program that waits for a tool, before compression. Bytes. */
export const waitingBytes = 8 << 20

/** The largest snapshot, compressed: it must fit into a row of an object. Bytes. */
export const snapshotBytes = 1_900_000

/** The stack of a program. With more, the stack of the runtime overflows first, in the middle of the engine. Bytes. */
export const programStackBytes = 64 << 10

/** Console output of a program, in UTF-16 units. */
export const outputUnits = 65_536

/** Longest value of a program, and longest arguments or result of one call, in UTF-16 units. */
export const valueUnits = 65_536

/** Calls of the host in one program, console lines included. */
export const hostCalls = 10_000

/** Calls of tools in one program. */
export const toolCalls = 64
