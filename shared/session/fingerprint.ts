/** What makes two messages with one key the same message. */
import canonicalize from 'canonicalize'
import type { SendMessage } from '../api/sessions.ts'
import { toHex } from '../lib/hex.ts'

/** What is said; how it is handed over is not part of it. */
type MessageContent = Pick<SendMessage, 'persona_id' | 'metadata' | 'parent_turn_id'> & {
  readonly message?: string
  readonly regenerates?: string
}

/**
 * SHA-256, hex, of the canonical JSON (RFC 8785) of what the message says. The session is not part of it: a retried first
 * message may name the session that it made.
 */
export async function fingerprint(said: MessageContent): Promise<string> {
  const { message, persona_id, metadata, parent_turn_id, regenerates } = said
  const canonical = canonicalize({ message: message?.toWellFormed(), persona_id, metadata, parent_turn_id, regenerates }) ?? ''
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonical))
  return toHex(new Uint8Array(digest))
}
