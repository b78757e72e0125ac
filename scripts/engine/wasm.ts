/** Reads and writes the binary format of WebAssembly, as far as the fuel meter needs it. Pure. */

/** The ids of the sections that change. */
export const sectionId = { type: 1, import: 2, function: 3, memory: 5, global: 6, export: 7, code: 10 } as const

/** One section: its id, and its bytes without id and length. */
export interface Section {
  readonly id: number
  readonly bytes: Uint8Array
}

/** Bytes of the magic number and the version. */
const preambleBytes = 8

/** Reads bytes in order. Throws at the end of the bytes. */
export class Reader {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length
  }

  byte(): number {
    const value = this.bytes[this.at]
    if (value === undefined) throw new Error(`The module ends at byte ${this.at}, in the middle of an instruction.`)
    this.at += 1
    return value
  }

  /** An unsigned number of at most 32 bits (LEB128). */
  number(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  /** Skips one number (LEB128) of any size. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  skip(count: number): void {
    this.at += count
  }
}

/** `value` as an unsigned LEB128 number. */
export function encodeNumber(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; ) {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low + 128 : low)
    if (rest === 0) return bytes
  }
}

/** A list whose items are bytes already: their number, then the items. */
export const encodeList = (items: readonly (readonly number[])[]): number[] => [...encodeNumber(items.length), ...items.flat()]

export function concat(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

export function readSections(module: Uint8Array): Section[] {
  const reader = new Reader(module, preambleBytes)
  const sections: Section[] = []
  while (!reader.isAtEnd) {
    const id = reader.byte()
    const length = reader.number()
    sections.push({ id, bytes: module.subarray(reader.at, reader.at + length) })
    reader.skip(length)
  }
  return sections
}

export const writeModule = (preambleOf: Uint8Array, sections: readonly Section[]): Uint8Array =>
  concat([preambleOf.subarray(0, preambleBytes), ...sections.flatMap(({ id, bytes }) => [[id, ...encodeNumber(bytes.length)], bytes])])

/** A section that is a list, with `added` items at its end. */
export function appendItems(section: Uint8Array, added: readonly (readonly number[])[]): Uint8Array {
  const reader = new Reader(section)
  const count = reader.number()
  return concat([encodeNumber(count + added.length), section.subarray(reader.at), added.flat()])
}
