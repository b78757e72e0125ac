/** The port to a virus scanner behind HTTP: `POST` with the bytes of a file, answered as JSON. Portable. */
import { z } from 'zod'
import { readText } from '../lib/read-text.ts'
import { type Environment, readVariable } from '../settings/variables.ts'

/** What a scanner found. `too_large`: it takes no file of this size. */
export type ScanVerdict =
  | { readonly kind: 'clean' }
  | { readonly kind: 'infected'; readonly finding: string }
  | { readonly kind: 'too_large' }

/** Scans files. `scan` rejects if there is no verdict. */
export interface Scanner {
  scan(bytes: ReadableStream<Uint8Array>, size: number, signal: AbortSignal): Promise<ScanVerdict>
}

/** Bytes of an answer. */
const maxAnswerBytes = 10_000
const Answer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('clean') }),
  z.object({ status: z.literal('infected'), finding: z.string() }),
])

/** A name of a finding, as users see it: one line of printable characters. */
const cleanFinding = (sent: string): string =>
  sent
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .trim()
    .slice(0, 100) || 'something harmful'

/** The scanner that `env` names. Null: none is configured. */
export function scannerOf(env: Environment<'SOMA_SCANNER_URL' | 'SOMA_SCANNER_TOKEN'>): Scanner | null {
  const url = readVariable(env, 'SOMA_SCANNER_URL')
  if (url === '') return null
  const token = readVariable(env, 'SOMA_SCANNER_TOKEN')
  return {
    async scan(bytes, size, signal) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/octet-stream',
          'x-file-size': String(size),
          ...(token && { authorization: `Bearer ${token}` }),
        },
        body: bytes,
        // A redirect could send the token and the file elsewhere.
        redirect: 'manual',
        signal,
      })
      const text = await readText(answer, maxAnswerBytes)
      if (answer.status === 413) return { kind: 'too_large' }
      if (answer.status !== 200) throw new ScannerFault(`it answered with ${answer.status}`)
      const parsed = Answer.safeParse(parseJson(text ?? ''))
      if (!parsed.success) throw new ScannerFault('its answer cannot be read')
      return parsed.data.status === 'clean' ? { kind: 'clean' } : { kind: 'infected', finding: cleanFinding(parsed.data.finding) }
    },
  }
}

/** The scanner gave no verdict. */
export class ScannerFault extends Error {
  override readonly name = 'ScannerFault'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
