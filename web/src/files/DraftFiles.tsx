import { CircleAlert, RotateCcw, X } from 'lucide-react'
import { type RefObject, useEffect } from 'react'
import { announce } from '../state/announce.ts'
import { type DraftFile, draftFiles } from '../state/draft-files.ts'
import { useSignal } from '../state/signal.ts'
import { files as texts } from '../strings/files.ts'
import { attachFiles } from './attach.ts'
import { DropTarget } from './DropTarget.tsx'
import { formatBytes } from './format-bytes.ts'
import { Thumbnail } from './Thumbnail.tsx'
import { removeFile, retryFile } from './upload.ts'
import './files.css'

interface Props {
  readonly draftKey: string
  readonly field: RefObject<HTMLTextAreaElement | null>
}

/** The files of a draft above the message field. Takes files that are pasted into the field or dropped on the page. */
export default function DraftFiles({ draftKey, field }: Props) {
  const files = useSignal(draftFiles(draftKey))
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const pasted = [...(event.clipboardData?.files ?? [])]
      // A copied table has an image of itself beside its text.
      if (pasted.length === 0 || event.clipboardData?.getData('text/plain')) return
      event.preventDefault()
      void attachFiles(draftKey, pasted)
    }
    const node = field.current
    node?.addEventListener('paste', paste)
    return () => node?.removeEventListener('paste', paste)
  }, [draftKey, field])
  const remove = (key: string) => {
    removeFile(draftKey, key)
    field.current?.focus()
  }
  return (
    <>
      <DropTarget onDrop={(dropped) => void attachFiles(draftKey, dropped)} />
      {files.length > 0 && (
        <ul className="draft-files" aria-label={texts.draftLabel} data-testid="draft-files">
          {files.map((file) => (
            <DraftFileView key={file.key} file={file} onRetry={() => retryFile(draftKey, file.key)} onRemove={() => remove(file.key)} />
          ))}
        </ul>
      )}
    </>
  )
}

interface FileProps {
  readonly file: DraftFile
  readonly onRetry: () => void
  readonly onRemove: () => void
}

function DraftFileView({ file, onRetry, onRemove }: FileProps) {
  const { name, size, state, sent, problem } = file
  const isUnsent = state === 'waiting' || state === 'uploading'
  useEffect(() => {
    if (state === 'uploaded') announce(texts.uploaded({ name }))
  }, [state, name])
  return (
    <li className="file" data-state={state} data-testid="draft-file">
      <Thumbnail file={file} />
      <div className="file-text">
        <span className="file-title" dir="auto" title={name}>
          {name}
        </span>
        <span className="file-detail number">
          {isUnsent ? texts.progress({ sent: formatBytes(sent), size: formatBytes(size) }) : formatBytes(size)}
        </span>
        {isUnsent && <progress value={sent} max={Math.max(size, 1)} aria-label={texts.progressOf({ name })} />}
        {state === 'failed' && (
          <span className="file-problem" role="alert">
            <CircleAlert aria-hidden /> {problem}
          </span>
        )}
      </div>
      {state === 'failed' && (
        <button type="button" className="quiet icon" aria-label={texts.retry({ name })} title={texts.retry({ name })} onClick={onRetry}>
          <RotateCcw aria-hidden />
        </button>
      )}
      <button
        type="button"
        className="quiet icon"
        aria-label={isUnsent ? texts.cancel({ name }) : texts.remove({ name })}
        title={isUnsent ? texts.cancel({ name }) : texts.remove({ name })}
        onClick={onRemove}
      >
        <X aria-hidden />
      </button>
    </li>
  )
}
