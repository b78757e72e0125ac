/** Decides whether two messages with one idempotency key are the same message. Pure except for WebCrypto. */
import canonicalize from 'canonicalize'
import type { SendMessage } from '../api/messages.ts'
import type { DirectCall } from '../events/event.ts'
import { toHex } from '../lib/hex.ts'

/** The content of a message, without how it is delivered. */
type MessageContent = Pick<SendMessage, 'persona_id' | 'model' | 'response_format' | 'metadata' | 'parent_turn_id' | 'attachments'> & {
  readonly message?: string
  readonly regenerates?: string
  /** A requested call differs from a message with the same text. */
  readonly tool?: DirectCall
}

/**
 * SHA-256, in hex, of the message's canonical JSON (RFC 8785). Excludes the session, because a retried first message may name the session
 * that it created.
 */
export async function fingerprint(content: MessageContent): Promise<string> {
  const { message, persona_id, model, response_format, metadata, parent_turn_id, regenerates, attachments, tool } = content
  const fields = { message: message?.toWellFormed(), persona_id, model, response_format, metadata, parent_turn_id, regenerates }
  // Without files and without a call as in earlier releases.
  const more = { ...(attachments?.length && { attachments }), ...(tool && { tool: [tool.name, tool.arguments] }) }
  const canonical = canonicalize({ ...fields, ...more }) ?? ''
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonical))
  return toHex(new Uint8Array(digest))
}

/**
 * The fingerprints of messages that equal `content`, with a default present instead of absent. They are compared, never recorded. So keys
 * of earlier releases match, also after a rollback.
 */
export async function equivalentFingerprints({ metadata, ...content }: MessageContent): Promise<string[]> {
  if (metadata !== undefined && Object.keys(metadata).length > 0) return []
  return [await fingerprint(metadata === undefined ? { ...content, metadata: {} } : content)]
}
