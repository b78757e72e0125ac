import './code.css'
import { useId } from 'react'
import type { UserError } from '../state/user-error.ts'
import { focusOnMount } from '../ui/focus-on-mount.ts'

interface Props {
  readonly label: string
  /** Takes a recovery code instead of the six digits of an app. */
  readonly recovery?: boolean
  /** Takes a recovery code or the six digits. */
  readonly either?: boolean
  readonly error: UserError | null
}

/** The input for a code. Phones and password managers fill it in; a pasted code may contain spaces. */
export function CodeField({ label, recovery = false, either = false, error }: Props) {
  const id = useId()
  const takesLetters = recovery || either
  return (
    <div className="code-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name="code"
        required
        maxLength={64}
        inputMode={takesLetters ? 'text' : 'numeric'}
        autoComplete={recovery ? 'off' : 'one-time-code'}
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        placeholder={recovery ? 'xxxx-xxxx-xxxx-xxxx' : '000 000'}
        className={takesLetters ? 'code-input long' : 'code-input'}
        aria-invalid={error !== null}
        aria-describedby={error ? `${id}-error` : undefined}
        ref={focusOnMount}
        data-testid="code-input"
      />
      {error && (
        <p className="notice error" role="alert" id={`${id}-error`}>
          {error.title}. {error.detail}
        </p>
      )}
    </div>
  )
}
