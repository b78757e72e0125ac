/**
 * MD5, SHA-1 and SHA-256, synchronous because a policy is: WebCrypto only answers later. For digests of what a policy already
 * holds; nothing secret is signed with these. RFC 1321, FIPS 180-4, RFC 2104.
 */

export type HashName = 'md5' | 'sha1' | 'sha256'

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by))

/** The message, a one bit, zeros, and its length in bits: whole blocks of 64 bytes. */
function blocks(message: Uint8Array, littleEndian: boolean): DataView {
  const size = (((message.length + 8) >> 6) + 1) << 6
  const bytes = new Uint8Array(size)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  const high = Math.floor(message.length / 0x20000000)
  view.setUint32(size - 8, littleEndian ? message.length << 3 : high, littleEndian)
  view.setUint32(size - 4, littleEndian ? high : message.length << 3, littleEndian)
  return view
}

const digest = (words: readonly number[], littleEndian: boolean): Uint8Array => {
  const view = new DataView(new ArrayBuffer(words.length * 4))
  for (const [at, word] of words.entries()) view.setUint32(at * 4, word, littleEndian)
  return new Uint8Array(view.buffer)
}

const md5Sines = Array.from({ length: 64 }, (_, at) => Math.floor(Math.abs(Math.sin(at + 1)) * 2 ** 32) | 0)
const md5Turns = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

function md5(message: Uint8Array): Uint8Array {
  const view = blocks(message, true)
  let [a0, b0, c0, d0] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476]
  for (let from = 0; from < view.byteLength; from += 64) {
    let [a, b, c, d] = [a0, b0, c0, d0]
    for (let at = 0; at < 64; at++) {
      const round = at >> 4
      const mixed = round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d)
      const word = round === 0 ? at : round === 1 ? (5 * at + 1) & 15 : round === 2 ? (3 * at + 5) & 15 : (7 * at) & 15
      const sum = (a + mixed + (md5Sines[at] as number) + view.getUint32(from + word * 4, true)) | 0
      a = d
      d = c
      c = b
      b = (b + rotate(sum, md5Turns[round * 4 + (at & 3)] as number)) | 0
    }
    a0 = (a0 + a) | 0
    b0 = (b0 + b) | 0
    c0 = (c0 + c) | 0
    d0 = (d0 + d) | 0
  }
  return digest([a0, b0, c0, d0], true)
}

function sha1(message: Uint8Array): Uint8Array {
  const view = blocks(message, false)
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
  const words = new Int32Array(80)
  for (let from = 0; from < view.byteLength; from += 64) {
    for (let at = 0; at < 80; at++) {
      words[at] =
        at < 16
          ? view.getInt32(from + at * 4)
          : rotate((words[at - 3] as number) ^ (words[at - 8] as number) ^ (words[at - 14] as number) ^ (words[at - 16] as number), 1)
    }
    let [a, b, c, d, e] = state as [number, number, number, number, number]
    for (let at = 0; at < 80; at++) {
      const round = Math.floor(at / 20)
      const mixed = round === 0 ? (b & c) | (~b & d) : round === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d
      const constant = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][round] as number
      const sum = (rotate(a, 5) + mixed + e + constant + (words[at] as number)) | 0
      e = d
      d = c
      c = rotate(b, 30)
      b = a
      a = sum
    }
    for (const [at, value] of [a, b, c, d, e].entries()) state[at] = ((state[at] as number) + value) | 0
  }
  return digest(
    state.map((word) => word >>> 0),
    false,
  )
}

/** The first 32 bits behind the point of a root of the first primes: square for the state, cube for the rounds. */
function roots(count: number, power: number): number[] {
  const made: number[] = []
  for (let number = 2; made.length < count; number++) {
    let prime = true
    for (let by = 2; by * by <= number; by++) if (number % by === 0) prime = false
    if (prime) made.push(((number ** power % 1) * 2 ** 32) | 0)
  }
  return made
}

const sha256Start = roots(8, 1 / 2)
const sha256Rounds = Int32Array.from(roots(64, 1 / 3))

/** Every audit entry is hashed: whole numbers of 32 bits in typed arrays, and nothing made in the loops. */
function sha256(message: Uint8Array): Uint8Array {
  const view = blocks(message, false)
  const state = Int32Array.from(sha256Start)
  const words = new Int32Array(64)
  for (let from = 0; from < view.byteLength; from += 64) {
    for (let at = 0; at < 16; at++) words[at] = view.getInt32(from + at * 4)
    for (let at = 16; at < 64; at++) {
      const near = words[at - 15] as number
      const far = words[at - 2] as number
      const s0 = rotate(near, 25) ^ rotate(near, 14) ^ (near >>> 3)
      const s1 = rotate(far, 15) ^ rotate(far, 13) ^ (far >>> 10)
      words[at] = ((words[at - 16] as number) + s0 + (words[at - 7] as number) + s1) | 0
    }
    let a = state[0] as number
    let b = state[1] as number
    let c = state[2] as number
    let d = state[3] as number
    let e = state[4] as number
    let f = state[5] as number
    let g = state[6] as number
    let h = state[7] as number
    for (let at = 0; at < 64; at++) {
      const s1 = rotate(e, 26) ^ rotate(e, 21) ^ rotate(e, 7)
      const first = (h + s1 + ((e & f) ^ (~e & g)) + (sha256Rounds[at] as number) + (words[at] as number)) | 0
      const s0 = rotate(a, 30) ^ rotate(a, 19) ^ rotate(a, 10)
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + first) | 0
      d = c
      c = b
      b = a
      a = (first + second) | 0
    }
    state[0] = (state[0] as number) + a
    state[1] = (state[1] as number) + b
    state[2] = (state[2] as number) + c
    state[3] = (state[3] as number) + d
    state[4] = (state[4] as number) + e
    state[5] = (state[5] as number) + f
    state[6] = (state[6] as number) + g
    state[7] = (state[7] as number) + h
  }
  return digest(
    Array.from(state, (word) => word >>> 0),
    false,
  )
}

const hashes = { md5, sha1, sha256 } as const

export const hash = (name: HashName, message: Uint8Array): Uint8Array => hashes[name](message)

export function hmac(name: HashName, key: Uint8Array, message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(64)
  padded.set(key.length > 64 ? hash(name, key) : key)
  const inner = hash(
    name,
    joined(
      padded.map((byte) => byte ^ 0x36),
      message,
    ),
  )
  return hash(
    name,
    joined(
      padded.map((byte) => byte ^ 0x5c),
      inner,
    ),
  )
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const made = new Uint8Array(a.length + b.length)
  made.set(a)
  made.set(b, a.length)
  return made
}
