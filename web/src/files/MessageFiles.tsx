import { Download, File as FileIcon, FileText } from 'lucide-react'
import type { AttachmentRef } from '../../../shared/attachment/attachment-ref.ts'
import { files as texts } from '../strings/files.ts'
import { formatBytes } from './format-bytes.ts'
import './files.css'

/** Images that every browser shows. Others are a file like any. */
const shownTypes: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])

/** The files of a message: images as such, and each with a link that saves it. */
export default function MessageFiles({ files }: { readonly files: readonly AttachmentRef[] }) {
  return (
    <ul className="message-files" aria-label={texts.messageLabel} data-testid="message-files">
      {files.map((file) => {
        const address = `/v1/attachments/${encodeURIComponent(file.id)}`
        const label = texts.download({ name: file.filename, size: formatBytes(file.size) })
        return (
          <li key={file.id}>
            <a
              className={shownTypes.has(file.mime) ? 'file-image' : 'file'}
              href={address}
              download={file.filename}
              aria-label={label}
              title={label}
            >
              {shownTypes.has(file.mime) ? (
                <img src={address} alt={file.filename} loading="lazy" decoding="async" />
              ) : (
                <>
                  <span className="file-thumbnail">
                    {/^(text\/|application\/pdf)/.test(file.mime) ? <FileText aria-hidden /> : <FileIcon aria-hidden />}
                  </span>
                  <span className="file-text">
                    <span className="file-title" dir="auto">
                      {file.filename}
                    </span>
                    <span className="file-detail number">{formatBytes(file.size)}</span>
                  </span>
                  <Download aria-hidden />
                </>
              )}
            </a>
          </li>
        )
      })}
    </ul>
  )
}
