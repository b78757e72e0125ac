/** The files of unsent messages, one list per draft. Uploaded ones survive a reload and a closed tab. */
import type { AttachmentRef } from '../../../shared/attachment/attachment-ref.ts'
import { type Signal, signal } from './signal.ts'
import { load, save } from './storage.ts'

export interface DraftFile {
  readonly key: string
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** `waiting`: other files are uploaded first. */
  readonly state: 'waiting' | 'uploading' | 'uploaded' | 'failed'
  /** Bytes that are sent. */
  readonly sent: number
  /** Why it failed. */
  readonly problem?: string
  /** The file on the server, once it is uploaded. */
  readonly ref?: AttachmentRef
}

const drafts = new Map<string, Signal<readonly DraftFile[]>>()

const storageKey = (draftKey: string): string => `soma.draft.${draftKey}.files`

const isRef = (value: unknown): value is AttachmentRef =>
  typeof value === 'object' && value !== null && 'id' in value && 'filename' in value && 'size' in value && 'mime' in value
const isRefs = (value: unknown): value is readonly AttachmentRef[] => Array.isArray(value) && value.every(isRef)

const uploaded = (ref: AttachmentRef): DraftFile => ({
  key: ref.id,
  name: ref.filename,
  size: ref.size,
  state: 'uploaded',
  sent: ref.size,
  ref,
})

/** The files of a draft. */
export function draftFiles(draftKey: string): Signal<readonly DraftFile[]> {
  const known = drafts.get(draftKey)
  if (known !== undefined) return known
  const files = signal<readonly DraftFile[]>((load(storageKey(draftKey), isRefs) ?? []).map(uploaded))
  files.subscribe(() => {
    const refs = refsOf(files.get())
    save(storageKey(draftKey), refs.length === 0 ? null : refs)
  })
  drafts.set(draftKey, files)
  return files
}

/** The files that the server has. */
export const refsOf = (files: readonly DraftFile[]): readonly AttachmentRef[] => files.flatMap(({ ref }) => ref ?? [])

/** Whether the files let their message be sent. */
export const areSendable = (files: readonly DraftFile[]): boolean => files.every(({ state }) => state === 'uploaded')
