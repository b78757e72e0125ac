/** The instructions of WebAssembly, as far as their length matters. Pure. */
import type { Reader } from './wasm.ts'

/** Operation codes that the fuel meter reads or writes. */
export const op = {
  unreachable: 0x00,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  call: 0x10,
  localGet: 0x20,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i64Const: 0x42,
  i64LessThan: 0x53,
  i32ShiftRight: 0x76,
  i64Add: 0x7c,
  i64Subtract: 0x7d,
  i64FromU32: 0xad,
  prefix: 0xfc,
  memoryCopy: 10,
  memoryFill: 11,
} as const

/** Skips the operands of the plain instruction `code`. Throws on an instruction that it does not know: guessing would corrupt the module. */
export function skipOperands(code: number, reader: Reader): void {
  const operands = operandsOf(code)
  if (operands === undefined) throw new Error(`The instruction 0x${code.toString(16)} at byte ${reader.at - 1} is unknown.`)
  operands(reader)
}

/** Skips the operands of the instruction `code` after the prefix 0xfc. */
export function skipPrefixedOperands(code: number, reader: Reader): void {
  // 0 to 7 convert numbers. 8, 10, 12 and 14 name two things, the others up to 17 name one.
  if (code > 17) throw new Error(`The instruction 0xfc ${code} at byte ${reader.at - 1} is unknown.`)
  if (code >= 8) reader.skipNumber()
  if (code === 8 || code === 10 || code === 12 || code === 14) reader.skipNumber()
}

type Skip = (reader: Reader) => void

const none: Skip = () => {}
const one: Skip = (reader) => reader.skipNumber()
const two: Skip = (reader) => {
  reader.skipNumber()
  reader.skipNumber()
}
/** A list of numbers, then one more: the branches of a table. */
const table: Skip = (reader) => {
  for (let left = reader.number(); left >= 0; left -= 1) reader.skipNumber()
}
const types: Skip = (reader) => reader.skip(reader.number())

function operandsOf(code: number): Skip | undefined {
  if (code === 0x00 || code === 0x01 || code === 0x05 || code === 0x0b || code === 0x0f || code === 0x1a || code === 0x1b) return none
  if (code >= 0x02 && code <= 0x04) return one
  if (code === 0x0c || code === 0x0d || code === 0x10 || code === 0x12) return one
  if (code === 0x0e) return table
  if (code === 0x11 || code === 0x13) return two
  if (code === 0x1c) return types
  if (code >= 0x20 && code <= 0x26) return one
  if (code >= 0x28 && code <= 0x3e) return two
  if (code >= 0x3f && code <= 0x42) return one
  if (code === 0x43) return (reader) => reader.skip(4)
  if (code === 0x44) return (reader) => reader.skip(8)
  if (code >= 0x45 && code <= 0xc4) return none
  if (code === 0xd0 || code === 0xd2) return one
  return code === 0xd1 ? none : undefined
}
