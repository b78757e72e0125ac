/** A waiting program as bytes: what the host knows of it, then the compressed memory of its engine. Not sealed: see shared/code/seal.ts. */
import { QuickJS, type Snapshot } from 'quickjs-wasi'
import { z } from 'zod'
import { toolCalls, waitingBytes } from '../../../shared/code/limits.ts'
import { decompress } from '../../../shared/lib/decompress.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { Counts } from './host.ts'

/** What the host knows of a waiting program. */
export const ProgramState = z.strictObject({
  /** The hash of the engine. */
  engine: z.string(),
  now: z.int().min(0),
  seed: z.int().min(0),
  tools: z.array(z.string()),
  counts: Counts,
  /** Fuel that is left. */
  fuel: z.int().min(0),
  /** Ids of the calls that it waits for. */
  waiting: z.array(z.int().min(1)).max(toolCalls),
  /** The guest's function that settles a call. */
  settle: z.int().min(1),
})
export type ProgramState = z.infer<typeof ProgramState>

const lengthBytes = 4
/** The memory with its header. */
const maxBytes = waitingBytes + 1_024

export async function writeSnapshot(state: ProgramState, memory: Snapshot): Promise<Uint8Array> {
  const header = new TextEncoder().encode(JSON.stringify(state))
  const compressed = await compress(QuickJS.serializeSnapshot(memory))
  const bytes = new Uint8Array(lengthBytes + header.length + compressed.length)
  new DataView(bytes.buffer).setUint32(0, header.length)
  bytes.set(header, lengthBytes)
  bytes.set(compressed, lengthBytes + header.length)
  return bytes
}

/** Null: these bytes are no snapshot of the engine `hash`. */
export async function readSnapshot(
  bytes: Uint8Array,
  hash: string,
): Promise<Result<{ state: ProgramState; memory: Snapshot }, 'malformed' | 'other_engine'>> {
  if (bytes.length < lengthBytes) return fail('malformed')
  const headerEnd = lengthBytes + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const state = ProgramState.safeParse(parseJson(bytes.subarray(lengthBytes, headerEnd)))
  if (!state.success) return fail('malformed')
  if (state.data.engine !== hash) return fail('other_engine')
  const memory = await decompress(new Blob([bytes.slice(headerEnd)]).stream(), 'gzip', maxBytes)
  if (!memory.ok) return fail('malformed')
  try {
    return ok({ state: state.data, memory: QuickJS.deserializeSnapshot(memory.value) })
  } catch {
    return fail('malformed')
  }
}

async function compress(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
