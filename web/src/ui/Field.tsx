import './kit.css'
import { type ReactNode, useId } from 'react'

interface Props {
  readonly label: string
  readonly hint?: ReactNode
  /** Spans both columns of the form. */
  readonly wide?: boolean
  /** Renders the input. It must pass on these attributes, which tie the input to its label and hint. */
  readonly children: (ids: { readonly id: string; readonly 'aria-describedby'?: string }) => ReactNode
}

/** One labelled input of a form in a card. */
export function Field({ label, hint, wide = false, children }: Props) {
  const id = useId()
  return (
    <div className="form-field" data-wide={wide}>
      <label htmlFor={id}>{label}</label>
      {children({ id, ...(hint ? { 'aria-describedby': `${id}-hint` } : {}) })}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
