/** Searches output for a planted secret, in plain and encoded forms. Pure. */
import { toBase64 } from '../lib/base64.ts'
import { toHex } from '../lib/hex.ts'

const encoder = new TextEncoder()

/** Shortest secret. In base64, the neighbouring bytes change both ends of a shorter one. */
const minUnits = 16

/** The base64 forms of `bytes` inside a longer text: three alignments, without the characters that neighbours share. */
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

/** Every searched form of `secret`: plain, reversed, hex, percent-encoded, JSON-escaped, and base64 at any alignment. */
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

/** Whether `text` contains `secret` in any form. */
export const leaks = (text: string, secret: string): boolean => encodedForms(secret).some((form) => text.includes(form))
