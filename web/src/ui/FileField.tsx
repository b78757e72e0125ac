import './kit.css'
import { useId, useState } from 'react'
import { ui } from '../strings/ui.ts'

interface Props {
  readonly label: string
  /** As in `accept` of an input. A dropped file may be of another type. */
  readonly accept: string
  readonly required?: boolean
  /** Called with null when the user removes the file. */
  readonly onChoose: (file: File | null) => void
  readonly testId: string
}

/** A native file input that shows the name of the chosen file. A file can also be dropped on it. */
export function FileField({ label, accept, required, onChoose, testId }: Props) {
  const id = useId()
  const [file, setFile] = useState<File | null>(null)
  const [over, setOver] = useState(false)
  const choose = (next: File | null) => {
    setFile(next)
    setOver(false)
    onChoose(next)
  }
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <div className="file-field" data-over={over}>
        <span className="button small" aria-hidden>
          {ui.file.choose}
        </span>
        <span className="file-name" data-chosen={file !== null} aria-hidden>
          {file?.name ?? ui.file.drop}
        </span>
        <input
          id={id}
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
    </div>
  )
}
