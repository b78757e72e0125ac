import './code.css'
import { useId } from 'react'
import type { UserError } from '../state/user-error.ts'

interface Props {
  readonly label: string
  /** Whether a recovery code is wanted; else the six digits of an app, or either where `either` says so. */
  readonly recovery?: boolean
  readonly either?: boolean
  readonly trouble: UserError | null
}

/** Where a code goes: keyboards show digits, phones and password managers fill it in, and it can be pasted with its spaces. */
export function CodeField({ label, recovery = false, either = false, trouble }: Props) {
  const id = useId()
  const messages = recovery || either
  return (
    <div className="code-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name="code"
        required
        maxLength={64}
        inputMode={messages ? 'text' : 'numeric'}
        autoComplete={recovery ? 'off' : 'one-time-code'}
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        placeholder={recovery ? 'xxxx-xxxx-xxxx-xxxx' : '000 000'}
        className={messages ? 'code-input long' : 'code-input'}
        aria-invalid={trouble !== null}
        aria-describedby={trouble ? `${id}-trouble` : undefined}
        // biome-ignore lint/a11y/noAutofocus: it is what this step is for
        autoFocus
        data-testid="code-input"
      />
      {trouble && (
        <p className="notice error" role="alert" id={`${id}-trouble`}>
          {trouble.title}. {trouble.detail}
        </p>
      )}
    </div>
  )
}
