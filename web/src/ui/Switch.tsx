import './kit.css'
import { useId } from 'react'

interface Props {
  readonly label: string
  readonly hint: string
  readonly checked: boolean
  readonly disabled?: boolean
  readonly onChange: (checked: boolean) => void
  readonly testId: string
}

/** A setting that applies at once: a native checkbox in the role of a switch. */
export function Switch({ label, hint, checked, disabled, onChange, testId }: Props) {
  const id = useId()
  return (
    <div className="switch-row">
      <label htmlFor={id}>
        {label}
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      </label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        aria-checked={checked}
        className="switch"
        aria-describedby={`${id}-hint`}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
        data-testid={testId}
      />
    </div>
  )
}
