/** A planted secret is looked for in everything that leaves: as it is, and in the encodedForms that encoders give it. */
import { toBase64 } from '../lib/base64.ts'
import { toHex } from '../lib/hex.ts'

const encoder = new TextEncoder()

/** The least length that is looked for in base64, where its neighbours blur its ends. */
const minUnits = 16

/** What base64 makes of `bytes` wherever they stand in a longer text: three alignments, without the characters neighbours share. */
function base64Forms(bytes: Uint8Array): string[] {
  return [0, 1, 2].flatMap((lead) => {
    const padded = new Uint8Array(lead + bytes.length)
    padded.set(bytes, lead)
    const inside = toBase64(padded)
      .replaceAll('=', '')
      .slice(lead === 0 ? 0 : lead + 1)
    const form = (lead + bytes.length) % 3 === 0 ? inside : inside.slice(0, -1)
    return [form, form.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** Every form of `secret` that is searched for: plain, reversed, hex, percent-encoded, JSON-escaped, base64 at any alignment. */
export function encodedForms(secret: string): readonly string[] {
  if (secret.length < minUnits) throw new Error(`a canary needs at least ${minUnits} characters`)
  const bytes = encoder.encode(secret)
  const hex = toHex(bytes)
  const forms = [
    secret,
    [...secret].reverse().join(''),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]
  return [...new Set([...forms, ...base64Forms(bytes)])]
}

/** Whether `text` gives `secret` away. */
export const leaks = (text: string, secret: string): boolean => encodedForms(secret).some((form) => text.includes(form))
