/** The text of a file, extracted once and kept beside its bytes. Portable. */
import { fail, type Result } from '../result.ts'
import { type DocumentReader, type DocumentRefusal, type DocumentText, documentLimits } from './document.ts'

/** The part of a bucket that is used here. R2's binding has it. */
export interface TextBucket {
  get(key: string): Promise<{ json(): Promise<unknown>; arrayBuffer(): Promise<ArrayBuffer> } | null>
  put(key: string, text: string): Promise<unknown>
}

/** Where the text of a file is kept. Deleted with the file. */
const textKey = (key: string): string => `${key}.text`

/** The text, or why there is none, as a clause or a sentence about the file. */
export async function keptText(
  bucket: TextBucket,
  reader: DocumentReader,
  { key, mime, size }: { readonly key: string; readonly mime: string; readonly size: number },
): Promise<Result<DocumentText, DocumentRefusal>> {
  if (size > documentLimits.bytes) return fail(`it has ${size} bytes, and documents are read up to ${documentLimits.bytes}.`)
  const kept = await bucket.get(textKey(key))
  if (kept) return (await kept.json()) as Result<DocumentText, DocumentRefusal>
  const object = await bucket.get(key)
  if (!object) return fail('it was deleted.')
  const text = await reader.extract(new Uint8Array(await object.arrayBuffer()), mime)
  await bucket.put(textKey(key), JSON.stringify(text))
  return text
}
