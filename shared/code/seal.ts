/**
 * Seals the snapshot of a waiting program, with a key that only its session has. The format of snapshots has no checksum, and an engine
 * runs whatever bytes it is given: so a snapshot is opened only as it was sealed, and where it was sealed. Pure except for WebCrypto.
 */
import { z } from 'zod'
import { fail, ok, type Result } from '../result.ts'
import { snapshotBytes } from './limits.ts'

/** What a snapshot belongs to. Each field must be the same when it is opened. */
export const Seal = z.strictObject({
  tenant: z.string(),
  session: z.string(),
  call_id: z.string(),
  /** The hash of the engine. Another engine reads the same memory differently. */
  engine: z.string(),
  /** The version of the tool catalog. The program may call what this version offered. */
  catalog: z.int().min(0),
  /** Counts the runs of the program from 1, so that an older snapshot cannot come back. */
  step: z.int().min(1),
})
export type Seal = z.infer<typeof Seal>

/** Why a sealed snapshot is refused. `changed`: its bytes or its key. Otherwise the field that is another one now. */
export type SealFailure = 'changed' | keyof Seal

const magic = new TextEncoder().encode('SOMASNP1')
const macBytes = 32
const lengthBytes = 4
const headerStart = magic.length + macBytes + lengthBytes
const maxHeaderBytes = 2_048

/** A key for one session: 32 random bytes that never leave it. */
export const sealKey = (bytes: Uint8Array): Promise<CryptoKey> => {
  if (bytes.length !== macBytes) throw new Error(`a seal key has ${macBytes} bytes`)
  return crypto.subtle.importKey('raw', bytes.slice(), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
}

/** Magic, MAC, length of the header, header, snapshot. The MAC covers all of the rest. */
export async function sealSnapshot(key: CryptoKey, seal: Seal, snapshot: Uint8Array): Promise<Uint8Array> {
  const header = new TextEncoder().encode(JSON.stringify(Seal.parse(seal)))
  const sealed = new Uint8Array(headerStart + header.length + snapshot.length)
  sealed.set(magic)
  new DataView(sealed.buffer).setUint32(headerStart - lengthBytes, header.length)
  sealed.set(header, headerStart)
  sealed.set(snapshot, headerStart + header.length)
  sealed.set(new Uint8Array(await crypto.subtle.sign('HMAC', key, covered(sealed))), magic.length)
  return sealed
}

/** The snapshot, if `sealed` is exactly what `sealSnapshot` wrote with this key and this seal. */
export async function openSnapshot(key: CryptoKey, expected: Seal, sealed: Uint8Array): Promise<Result<Uint8Array, SealFailure>> {
  if (sealed.length < headerStart || sealed.length > headerStart + maxHeaderBytes + snapshotBytes) return fail('changed')
  if (!magic.every((byte, index) => sealed[index] === byte)) return fail('changed')
  const mac = sealed.slice(magic.length, magic.length + macBytes)
  if (!(await crypto.subtle.verify('HMAC', key, mac, covered(sealed)))) return fail('changed')
  // From here on, the bytes are our own.
  const headerEnd = headerStart + new DataView(sealed.buffer, sealed.byteOffset).getUint32(headerStart - lengthBytes)
  const seal = Seal.parse(JSON.parse(new TextDecoder().decode(sealed.subarray(headerStart, headerEnd))))
  const other = Seal.keyof().options.find((field) => seal[field] !== expected[field])
  return other === undefined ? ok(sealed.slice(headerEnd)) : fail(other)
}

/** What the MAC covers: everything but itself. */
function covered(sealed: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sealed.length - macBytes)
  bytes.set(sealed.subarray(0, magic.length))
  bytes.set(sealed.subarray(magic.length + macBytes), magic.length)
  return bytes
}
