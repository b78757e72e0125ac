/** The files of a turn's messages, for its model calls: documents as text, and images for models that see. */
import type { AttachmentRef } from '../../../shared/attachment/attachment-ref.ts'
import type { StoredAttachment } from '../../../shared/attachment/store.ts'
import { cutToTokens, documentMessage, imageLimits, isImage, missingFileMessage } from '../../../shared/context/attached-files.ts'
import { type DocumentReader, isDocument } from '../../../shared/document/document.ts'
import { keptText } from '../../../shared/document/kept-text.ts'
import { TenantId } from '../../../shared/ids.ts'
import { toBase64 } from '../../../shared/lib/base64.ts'
import { pause } from '../../../shared/lib/timeout.ts'
import { type JobIds, jobFields } from '../../../shared/log/fields.ts'
import type { ModelImage, ModelMessage } from '../../../shared/model/model.ts'
import { estimateTokens } from '../../../shared/model/tokens.ts'
import { bucketOf } from '../../../shared/residency.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { logger } from '../logger.ts'

/** The text of a file, or why there is none. */
type FileText = Result<{ readonly text: string; readonly isCut: boolean }, string>

/** A session claims the files of a new message while its turn starts. Attempts to see the claim, and the wait between them. Milliseconds. */
const claimAttempts = 10
const claimMs = 100

const unavailable = 'it cannot be read at the moment.'

/** Reads each file once per attempt at a turn. */
export class TurnFiles {
  readonly #env: Pick<ConversationEnv, 'ATTACHMENTS' | 'DOCUMENTS' | 'FILES'>
  readonly #job: JobIds
  readonly #texts = new Map<string, Promise<FileText>>()
  readonly #images = new Map<string, Promise<Result<ModelImage, string>>>()

  constructor(env: Pick<ConversationEnv, 'ATTACHMENTS' | 'DOCUMENTS' | 'FILES'>, job: JobIds) {
    this.#env = env
    this.#job = job
  }

  /** The messages, each after the texts of its documents. The newest documents have `tokens` together. */
  async withDocuments(messages: readonly ModelMessage[], tokens: number): Promise<readonly ModelMessage[]> {
    if (!messages.some((message) => filesOf(message).some(({ mime }) => isDocument(mime)))) return messages
    const newestFirst: ModelMessage[] = []
    let left = tokens
    for (const message of messages.toReversed()) {
      newestFirst.push(message)
      for (const file of filesOf(message).toReversed()) {
        if (!isDocument(file.mime)) continue
        const read = await this.#text(file)
        const text = read.ok ? cutToTokens(read.value.text, left) : ''
        if (!read.ok) newestFirst.push(missingFileMessage(file, read.error))
        else if (text === '') newestFirst.push(missingFileMessage(file, 'the prompt has no room for it.'))
        else newestFirst.push(documentMessage(file, text, read.value.isCut || text.length < read.value.text.length))
        left -= estimateTokens(text)
      }
    }
    return newestFirst.reverse()
  }

  /** The messages with their images: the newest ones, within `imageLimits`. */
  async withImages(messages: readonly ModelMessage[]): Promise<readonly ModelMessage[]> {
    let left = imageLimits.count
    const newestFirst: ModelMessage[] = []
    for (const message of messages.toReversed()) {
      const files = filesOf(message).filter(({ mime }) => isImage(mime))
      const images: ModelImage[] = []
      const reasons: ModelMessage[] = []
      for (const file of files) {
        const image = left > 0 ? await this.#image(file) : fail('a prompt has room for newer images only.')
        if (image.ok) images.push(image.value)
        else reasons.push(missingFileMessage(file, image.error))
        left -= 1
      }
      newestFirst.push(images.length > 0 ? ({ ...message, images } as ModelMessage) : message, ...reasons)
    }
    return newestFirst.reverse()
  }

  /** The messages, with a notice of each image that the model cannot see. */
  withoutImages(messages: readonly ModelMessage[]): readonly ModelMessage[] {
    return messages.flatMap((message) => {
      const unseen = filesOf(message).filter(({ mime }) => isImage(mime))
      return [...unseen.map((file) => missingFileMessage(file, 'this model cannot see images. Tell the user.')), message]
    })
  }

  #text(file: AttachmentRef): Promise<FileText> {
    const text = this.#texts.get(file.id) ?? this.#safely(() => this.#readText(file))
    this.#texts.set(file.id, text)
    return text
  }

  #image(file: AttachmentRef): Promise<Result<ModelImage, string>> {
    const image = this.#images.get(file.id) ?? this.#safely(() => this.#readImage(file))
    this.#images.set(file.id, image)
    return image
  }

  /** A turn continues without a file that cannot be read. */
  async #safely<T>(read: () => Promise<Result<T, string>>): Promise<Result<T, string>> {
    try {
      return await read()
    } catch (error) {
      logger.write('files.unreadable', { error, ...jobFields(this.#job) })
      return fail(unavailable)
    }
  }

  /** The text is extracted once, and kept beside the file. */
  async #readText({ id, mime, size }: AttachmentRef): Promise<FileText> {
    const file = await this.#find(id)
    // The entrypoint belongs to another Worker, so the generated binding lacks its methods.
    const reader = this.#env.DOCUMENTS as unknown as DocumentReader
    return file ? keptText(this.#bucket, reader, { key: file.key, mime, size }) : fail('it was deleted.')
  }

  async #readImage({ id, mime, size }: AttachmentRef): Promise<Result<ModelImage, string>> {
    if (size > imageLimits.bytes) return fail(`it has ${size} bytes, and images are sent up to ${imageLimits.bytes}.`)
    const file = await this.#find(id)
    const object = file && (await this.#bucket.get(file.key))
    return object ? ok({ mime, data: toBase64(new Uint8Array(await object.arrayBuffer())) }) : fail('it was deleted.')
  }

  /** The file, if the session of the turn has it and a scanner has accepted it. */
  async #find(id: string): Promise<StoredAttachment | null> {
    for (let attempt = 1; ; attempt += 1) {
      const file = await this.#env.ATTACHMENTS.getByName(this.#job.tenant).find(id)
      if (file === null || file.status !== 'clean') return null
      if (file.sessions.includes(this.#job.session ?? '')) return file
      if (attempt === claimAttempts) return null
      await pause(claimMs).done
    }
  }

  get #bucket(): R2Bucket {
    return bucketOf(this.#env, TenantId.parse(this.#job.tenant))
  }
}

const filesOf = (message: ModelMessage): readonly AttachmentRef[] => (message.role === 'user' ? (message.attachments ?? []) : [])
