/** The port to the Worker that reads documents, and its limits. Pure. */
import type { Result } from '../result.ts'

/** The bounds of one document. */
export const documentLimits = {
  /** Bytes of the file. */
  bytes: 20_000_000,
  /** Bytes of the XML in one Office file, after decompression. */
  inflatedBytes: 50_000_000,
  /** Files of one ZIP file. */
  entries: 2_000,
  /** Pages of a PDF that are read. */
  pages: 500,
  /** UTF-16 units of the text. */
  units: 1_000_000,
} as const

/** The text of a document. */
export interface DocumentText {
  readonly text: string
  /** The document has more than the text. */
  readonly isCut: boolean
}

/** Why a document has no text, in words for the user and the model. */
export type DocumentRefusal = string

/** Reads documents. It has no network and no secret: a document that breaks it reaches nothing. */
export interface DocumentReader {
  extract(bytes: Uint8Array, mime: string): Promise<Result<DocumentText, DocumentRefusal>>
}

const office = 'application/vnd.openxmlformats-officedocument'

/** The media types with text that can be read, and the name of their format. */
export const documentFormats: Readonly<Record<string, 'pdf' | 'html' | 'docx' | 'xlsx' | 'text'>> = {
  'application/pdf': 'pdf',
  'text/html': 'html',
  [`${office}.wordprocessingml.document`]: 'docx',
  [`${office}.spreadsheetml.sheet`]: 'xlsx',
  'text/plain': 'text',
  'text/markdown': 'text',
  'text/csv': 'text',
  'text/tab-separated-values': 'text',
  'application/json': 'text',
  'application/xml': 'text',
}

/** Whether files of this type have text that can be read. */
export const isDocument = (mime: string): boolean => Object.hasOwn(documentFormats, mime)
