import './kit.css'
import { type ReactNode, useState } from 'react'
import { ui } from '../strings/ui.ts'
import { Field } from './Field.tsx'

interface Props {
  readonly label: string
  readonly hint?: ReactNode
  /** As in `accept` of an input. A dropped file may be of another type. */
  readonly accept: string
  readonly required?: boolean
  /** Called with null when the user removes the file. */
  readonly onChoose: (file: File | null) => void
  readonly testId: string
}

/** A native file input that shows the name of the chosen file. A file can also be dropped on it. */
export function FileField({ label, hint, accept, required, onChoose, testId }: Props) {
  const [file, setFile] = useState<File | null>(null)
  const [over, setOver] = useState(false)
  const choose = (next: File | null) => {
    setFile(next)
    setOver(false)
    onChoose(next)
  }
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <div className="file-field" data-over={over}>
          <span className="button small" aria-hidden>
            {ui.file.choose}
          </span>
          <span className="file-name" data-chosen={file !== null} aria-hidden>
            {file?.name ?? ui.file.drop}
          </span>
          <input
            {...ids}
            type="file"
            accept={accept}
            required={required}
            onChange={(event) => choose(event.currentTarget.files?.[0] ?? null)}
            onDragEnter={() => setOver(true)}
            onDragLeave={() => setOver(false)}
            onDrop={() => setOver(false)}
            data-testid={testId}
          />
        </div>
      )}
    </Field>
  )
}
