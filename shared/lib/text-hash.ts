/** The digest of a text. Synchronous, unlike WebCrypto, so that a decision and a transaction can use it. Pure. */
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from './hex.ts'

const utf8 = new TextEncoder()

/** SHA-256 of the text's UTF-8, in hex. */
export const textHash = (text: string): string => toHex(sha256(utf8.encode(text)))
