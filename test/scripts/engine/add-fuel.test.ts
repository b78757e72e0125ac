/** Planted modules, written byte by byte: each way to use up time must cost fuel, and the meter must change nothing else. */
import { describe, expect, it } from 'vitest'
import { addFuel } from '../../../scripts/engine/add-fuel.ts'
import { encodeList, encodeNumber, readSections, writeModule } from '../../../scripts/engine/wasm.ts'

const i32 = 0x7f
const preamble = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
const name = (text: string): number[] => encodeList([...text].map((letter) => [letter.charCodeAt(0)]))
const type = (parameters: number, results: number): number[] => [
  0x60,
  ...encodeList(Array.from({ length: parameters }, () => [i32])),
  ...encodeList(Array.from({ length: results }, () => [i32])),
]
const body = (...code: number[]): number[] => [...encodeNumber(code.length + 2), 0, ...code, 0x0b]

/** A module with one exported function `f` of i32 → i32, one memory, and one global. */
function moduleOf(code: readonly number[], imports: readonly (readonly number[])[] = [], others: readonly (readonly number[])[] = []) {
  const imported = imports.filter((entry) => entry.at(-2) === 0).length
  const section = (id: number, items: readonly (readonly number[])[]) => ({ id, bytes: Uint8Array.from(encodeList(items)) })
  return writeModule(preamble, [
    section(1, [type(1, 1), type(0, 0)]),
    ...(imports.length > 0 ? [section(2, imports)] : []),
    section(3, [[0], ...others.map(() => [0])]),
    section(5, [[0, 1]]),
    section(6, [[i32, 1, 0x41, 7, 0x0b]]),
    section(7, [
      [...name('f'), 0, imported],
      [...name('memory'), 2, 0],
    ]),
    section(10, [body(...code), ...others.map((other) => body(...other))]),
  ])
}

interface Metered {
  readonly fuel: WebAssembly.Global
  readonly memory: WebAssembly.Memory
  f(value: number): number
}

async function instantiate(module: Uint8Array, imports: WebAssembly.Imports = {}, maxPages = 4): Promise<Metered> {
  const metered = addFuel(module, maxPages) as Uint8Array<ArrayBuffer>
  const { instance } = await WebAssembly.instantiate(metered, imports)
  return instance.exports as unknown as Metered
}

/** Calls with `fuel`, and returns what is left. */
function use(metered: Metered, fuel: number, value = 0): number {
  metered.fuel.value = BigInt(fuel)
  metered.f(value)
  return fuel - Number(metered.fuel.value)
}

/** Counts its argument down to zero in a loop, and returns it. */
const countDown = [0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x20, 0]

describe('The fuel meter', () => {
  it('charges one for a function and one for each loop turn', async () => {
    const metered = await instantiate(moduleOf(countDown))
    expect(use(metered, 1_000, 1)).toBe(2)
    expect(use(metered, 1_000, 500)).toBe(501)
  })

  it('traps below zero, and not at zero', async () => {
    const metered = await instantiate(moduleOf(countDown))
    expect(use(metered, 501, 500)).toBe(501)
    expect(() => use(metered, 500, 500)).toThrow(WebAssembly.RuntimeError)
    expect(metered.fuel.value).toBe(-1n)
  })

  it('stops an endless loop and an endless recursion', async () => {
    const loop = await instantiate(moduleOf([0x03, 0x40, 0x0c, 0, 0x0b, 0x20, 0]))
    expect(() => use(loop, 100_000)).toThrow(WebAssembly.RuntimeError)
    const recursion = await instantiate(moduleOf([0x20, 0, 0x10, 0]))
    expect(() => use(recursion, 1_000)).toThrow(WebAssembly.RuntimeError)
  })

  it('charges a copy and a fill by their length', async () => {
    const fill = await instantiate(moduleOf([0x41, 0, 0x41, 1, 0x20, 0, 0xfc, 11, 0, 0x20, 0]))
    expect(use(fill, 1_000, 0)).toBe(2)
    expect(use(fill, 1_000, 3_200)).toBe(102)
    expect(new Uint8Array(fill.memory.buffer).subarray(3_199, 3_201)).toEqual(Uint8Array.of(1, 0))
    const copy = await instantiate(moduleOf([0x41, 0x80, 0x20, 0x41, 0, 0x20, 0, 0xfc, 10, 0, 0, 0x20, 0]))
    new Uint8Array(copy.memory.buffer).set([1, 2, 3])
    expect(use(copy, 1_000, 3)).toBe(2)
    expect([...new Uint8Array(copy.memory.buffer, 4_096, 4)]).toEqual([1, 2, 3, 0])
    expect(() => use(copy, 50, 3_200)).toThrow(WebAssembly.RuntimeError)
  })

  it('counts imported functions and globals, and keeps the indices of the module', async () => {
    const imports = [
      [...name('env'), ...name('twice'), 0, 0],
      [...name('env'), ...name('base'), 3, i32, 0],
    ]
    // twice(value) + base + own global
    const metered = await instantiate(moduleOf([0x20, 0, 0x10, 0, 0x23, 0, 0x6a, 0x23, 1, 0x6a], imports), {
      env: { twice: (value: number) => 2 * value, base: 100 },
    })
    expect(metered.f(5)).toBe(117)
    expect(use(metered, 10, 5)).toBe(1)
  })

  it('reads branch tables, blocks with results, and numbers of each size', async () => {
    const code = [
      [0x02, 0x40, 0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0e, 2, 0, 1, 2, 0x0b, 0x41, 10, 0x0f, 0x0b, 0x41, 20, 0x0f, 0x0b],
      [0x02, i32, 0x41, 0xff, 0xff, 0xff, 0xff, 0x07, 0x0b, 0x1a, 0x43, 1, 2, 3, 4, 0x1a, 0x44, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a],
      [0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x1a, 0x41, 30],
    ].flat()
    const metered = await instantiate(moduleOf(code))
    expect([0, 1, 2].map((value) => metered.f(value))).toEqual([10, 20, 30])
  })

  it('bounds the memory', async () => {
    const grow = await instantiate(moduleOf([0x20, 0, 0x40, 0]), {}, 3)
    expect([grow.f(2), grow.f(1)]).toEqual([1, -1])
    expect(grow.memory.buffer.byteLength).toBe(3 * 65_536)
  })

  it('refuses an instruction that it does not know', () => {
    expect(() => addFuel(moduleOf([0xfd, 12, ...Array.from({ length: 16 }, () => 0), 0x1a, 0x41, 0]), 4)).toThrow(/0xfd .* is unknown/)
    expect(() => addFuel(moduleOf([0xfc, 18, 0x41, 0]), 4)).toThrow(/0xfc 18 .* is unknown/)
    expect(() => addFuel(moduleOf([0x0e, 9]), 4)).toThrow(/ends at byte/)
  })

  it('gives equal bytes for equal modules, and keeps the other sections', () => {
    const module = moduleOf(countDown)
    expect(addFuel(module, 4)).toEqual(addFuel(module, 4))
    const others = (bytes: Uint8Array) => readSections(bytes).map(({ id }) => id)
    expect(others(addFuel(module, 4))).toEqual(others(module))
  })
})
