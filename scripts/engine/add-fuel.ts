/**
 * Adds a fuel meter to a WebAssembly module. The exported global `fuel` goes down by one at each function entry and each loop turn. It also
 * goes down by one per 32 bytes that an instruction copies or fills. Below zero, the module traps. So every run ends, and equal runs use equal fuel.
 * Pure: the same module gives the same bytes.
 */
import { op, skipOperands, skipPrefixedOperands } from './instructions.ts'
import { appendItems, concat, encodeList, encodeNumber, Reader, readSections, type Section, sectionId, writeModule } from './wasm.ts'

/** Kinds of imports and exports. */
const kind = { function: 0, table: 1, memory: 2, global: 3 } as const
const i32 = 0x7f
const i64 = 0x7e

/** The indices of what is added. */
interface Added {
  readonly fuel: number
  readonly copyType: number
  readonly copyFunction: number
  readonly fillFunction: number
}

/** The module with a fuel meter, and with a memory of at most `maxPages` pages of 64 KiB. */
export function addFuel(module: Uint8Array, maxPages: number): Uint8Array {
  const sections = readSections(module)
  const added = indicesIn(sections)
  return writeModule(
    module,
    sections.map(({ id, bytes }) => ({ id, bytes: rewrite(id, bytes, added, maxPages) })),
  )
}

function indicesIn(sections: readonly Section[]): Added {
  const countOf = (id: number): number => {
    const section = sections.find((candidate) => candidate.id === id)
    if (section === undefined) throw new Error(`The module has no section ${id}.`)
    return new Reader(section.bytes).number()
  }
  const imported = countImports(sections.find(({ id }) => id === sectionId.import)?.bytes)
  const functions = imported.functions + countOf(sectionId.function)
  return {
    fuel: imported.globals + countOf(sectionId.global),
    copyType: countOf(sectionId.type),
    copyFunction: functions,
    fillFunction: functions + 1,
  }
}

function countImports(section: Uint8Array | undefined): { functions: number; globals: number } {
  const counts = { functions: 0, globals: 0 }
  if (section === undefined) return counts
  const reader = new Reader(section)
  for (let left = reader.number(); left > 0; left -= 1) {
    reader.skip(reader.number())
    reader.skip(reader.number())
    const imported = reader.byte()
    if (imported === kind.function) {
      counts.functions += 1
      reader.skipNumber()
    } else if (imported === kind.global) {
      counts.globals += 1
      reader.skip(2)
    } else if (imported === kind.table || imported === kind.memory) {
      if (imported === kind.table) reader.skip(1)
      const hasMaximum = (reader.byte() & 1) === 1
      reader.skipNumber()
      if (hasMaximum) reader.skipNumber()
    } else throw new Error(`An import has the unknown kind ${imported}.`)
  }
  return counts
}

function rewrite(id: number, bytes: Uint8Array, added: Added, maxPages: number): Uint8Array {
  switch (id) {
    case sectionId.type:
      // (i32, i32, i32) → (), the type of memory.copy and memory.fill.
      return appendItems(bytes, [[0x60, ...encodeList([[i32], [i32], [i32]]), ...encodeList([])]])
    case sectionId.function:
      return appendItems(bytes, [encodeNumber(added.copyType), encodeNumber(added.copyType)])
    case sectionId.memory:
      return limitMemory(bytes, maxPages)
    case sectionId.global:
      return appendItems(bytes, [[i64, 1, op.i64Const, ...largestFuel, op.end]])
    case sectionId.export:
      return appendItems(bytes, [
        [...encodeList([...'fuel'].map((letter) => [letter.charCodeAt(0)])), kind.global, ...encodeNumber(added.fuel)],
      ])
    case sectionId.code:
      return meterFunctions(bytes, added)
    default:
      return bytes
  }
}

/** 2^63 - 1 as a signed LEB128 number: whatever runs before a limit is set is free. */
const largestFuel = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]

function limitMemory(section: Uint8Array, maxPages: number): Uint8Array {
  const reader = new Reader(section)
  if (reader.number() !== 1) throw new Error('The module must have one memory.')
  reader.byte()
  const pages = reader.number()
  return concat([encodeList([[1, ...encodeNumber(pages), ...encodeNumber(maxPages)]])])
}

function meterFunctions(section: Uint8Array, added: Added): Uint8Array {
  const reader = new Reader(section)
  const bodies: Uint8Array[] = []
  for (let left = reader.number(); left > 0; left -= 1) {
    const length = reader.number()
    bodies.push(meter(section.subarray(reader.at, reader.at + length), added))
    reader.skip(length)
  }
  bodies.push(bulkFunction(added, [op.memoryCopy, 0, 0]), bulkFunction(added, [op.memoryFill, 0]))
  return concat([encodeNumber(bodies.length), ...bodies.flatMap((body) => [encodeNumber(body.length), body])])
}

/** A function's body, locals first, with a charge at its entry and at the head of each loop. */
function meter(body: Uint8Array, added: Added): Uint8Array {
  const reader = new Reader(body)
  const parts: (Uint8Array | readonly number[])[] = []
  let copied = 0
  const insert = (upTo: number, code: readonly number[]) => {
    parts.push(body.subarray(copied, upTo), code)
    copied = reader.at
  }
  for (let left = reader.number(); left > 0; left -= 1) {
    reader.skipNumber()
    reader.byte()
  }
  insert(reader.at, charge(added))
  while (!reader.isAtEnd) {
    const at = reader.at
    const code = reader.byte()
    if (code !== op.prefix) {
      skipOperands(code, reader)
      if (code === op.loop) insert(reader.at, charge(added))
      continue
    }
    const prefixed = reader.number()
    skipPrefixedOperands(prefixed, reader)
    if (prefixed === op.memoryCopy) insert(at, [op.call, ...encodeNumber(added.copyFunction)])
    if (prefixed === op.memoryFill) insert(at, [op.call, ...encodeNumber(added.fillFunction)])
  }
  parts.push(body.subarray(copied))
  return concat(parts)
}

/** Code that takes `amount` from the fuel and traps below zero. Default: one. */
function charge({ fuel }: Added, amount: readonly number[] = [op.i64Const, 1]): number[] {
  const global = encodeNumber(fuel)
  const subtract = [op.globalGet, ...global, ...amount, op.i64Subtract, op.globalSet, ...global]
  return [...subtract, op.globalGet, ...global, op.i64Const, 0, op.i64LessThan, op.if, 0x40, op.unreachable, op.end]
}

/** A function that replaces a bulk instruction: it charges one and a 32nd of the length, and then runs the instruction. */
function bulkFunction(added: Added, instruction: readonly number[]): Uint8Array {
  const length = [op.localGet, 2, op.i32Const, 5, op.i32ShiftRight, op.i64FromU32]
  const amount = [...length, op.i64Const, 1, op.i64Add]
  const operands = [op.localGet, 0, op.localGet, 1, op.localGet, 2]
  return concat([encodeList([]), charge(added, amount), operands, [op.prefix, ...instruction], [op.end]])
}
